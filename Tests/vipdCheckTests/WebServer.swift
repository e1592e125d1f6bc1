// A web server that says what the test says, whatever it is asked.

import Glibc
import Synchronization
import Testing

/// Serves each connection on a thread of its own, which ends with the connection.
final class WebServer {
    /// One connection: what was asked, and saying something. False once nobody listens any more.
    struct Exchange {
        let descriptor: Int32
        let request: String

        @discardableResult
        func say(_ text: String) -> Bool { say(Array(text.utf8)) }

        @discardableResult
        func say(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        /// Waits until the other side hangs up.
        func waitForEnd() {
            var byte: UInt8 = 0
            while recv(descriptor, &byte, 1, 0) > 0 {}
        }
    }

    private final class Service: Sendable {
        let listener: Int32
        let answer: @Sendable (Exchange) -> Void
        let requests = Mutex<[String]>([])

        init(listener: Int32, answer: @escaping @Sendable (Exchange) -> Void) {
            self.listener = listener
            self.answer = answer
        }

        /// Ends when the listener is shut down. Only this thread closes it, so that its number is not another's meanwhile.
        func run() {
            defer { close(listener) }
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                _ = fcntl(client, F_SETFD, FD_CLOEXEC)
                onThread { [self] in serve(client) }
            }
        }

        private func serve(_ client: Int32) {
            defer { close(client) }
            var request: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while !isWhole(request) {
                let count = recv(client, &buffer, buffer.count, 0)
                guard count > 0 else { return }
                request += buffer[..<count]
            }
            let text = String(decoding: request, as: UTF8.self)
            requests.withLock { $0.append(text) }
            answer(Exchange(descriptor: client, request: text))
        }

        private func isWhole(_ request: [UInt8]) -> Bool {
            let text = String(decoding: request, as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { return false }
            let length = text[..<end.lowerBound].split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
            return text[end.upperBound...].utf8.count >= (length.flatMap { Int($0.dropFirst(16)) } ?? 0)
        }
    }

    let port: UInt16
    private let service: Service
    private var isStopped = false

    init(answer: @escaping @Sendable (Exchange) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        try #require(status)
        port = UInt16(bigEndian: address.sin_port)
        service = Service(listener: listener, answer: answer)
        onThread { [service] in service.run() }
    }

    /// One that answers with a status line's end, such as `200 OK`, and a body.
    convenience init(_ status: String, headers: String = "", body: String = "") throws {
        try self.init { exchange in
            exchange.say("HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
    }

    deinit { if !isStopped { stop() } }

    /// Nothing listens any more. Connections that stand go on.
    func stop() {
        isStopped = true
        shutdown(service.listener, Int32(SHUT_RDWR))
    }

    func url(_ path: String = "/", scheme: String = "http") -> String { "\(scheme)://127.0.0.1:\(port)\(path)" }

    /// What it was asked, each with its headers and body.
    var requests: [String] { service.requests.withLock { $0 } }
}

/// Runs `body` on a thread of its own.
private func onThread(_ body: @escaping @Sendable () -> Void) {
    final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Box(body)).toOpaque()
    let status = pthread_create(
        &thread, nil,
        { context in
            if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
            return nil
        }, context)
    precondition(status == 0)
    pthread_detach(thread)
}

/// A port where nothing listens: it was the kernel's choice a moment ago.
func deadURL(_ path: String = "/") throws -> String {
    let server = try WebServer { _ in }
    server.stop()
    return server.url(path)
}
