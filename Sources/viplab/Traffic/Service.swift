// The service behind the VIP, with a port for each way of using one. It accepts on every
// address, the VIP included whenever it comes and goes, and judges nothing.
import CVIPLab
import Foundation

/// The ports of the service, by what happens to a connection there.
enum Door: UInt16, CaseIterable {
    /// The machine's name, and the end.
    case name = 6442
    /// The machine's name, and then nothing, for as long as the client stays.
    case open = 6444
    /// HTTP/1.1, connections kept alive unless the client says otherwise: the machine's name to every request, except
    /// where the API server has an answer of its own. What is posted goes to standard output, a line each.
    case web = 6445
}

/// The work of `viplab serve`, until it is killed.
struct Service {
    let name: String
    private var guests: [Guest] = []

    /// A connection that stays for a while.
    private struct Guest {
        let socket: Int32
        let door: Door
        /// What has come of a request so far.
        var request: [UInt8] = []
    }

    /// No request of the lab's clients is longer.
    private static let mostBytes = 8192

    init(name: String) { self.name = name }

    /// Accepts and answers in one thread: every answer fits any socket buffer, so nothing here waits for a client.
    mutating func run() throws -> Never {
        let listeners = try Door.allCases.map { (door: $0, socket: try Self.listen(at: $0)) }
        while true {
            let sockets = listeners.map(\.socket) + guests.map(\.socket)
            var waiting = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            try check(unsafe viplab_poll(&waiting, waiting.count, -1), "the service cannot poll")
            let ready = waiting.map { $0.revents != 0 }
            // The guests first: those that come now are not among the polled.
            guests = zip(guests, ready.dropFirst(listeners.count)).compactMap { guest, isReady in
                isReady ? attend(guest) : guest
            }
            for (listener, isReady) in zip(listeners, ready) where isReady {
                welcome(at: listener.door, listener.socket)
            }
        }
    }

    private static func listen(at door: Door) throws -> Int32 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard listener >= 0 else { throw LabError("the service cannot open a socket", code: errno) }
        var yes: Int32 = 1
        unsafe setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = door.rawValue.bigEndian
        let bound = unsafe withUnsafePointer(to: &place) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, Glibc.listen(listener, 4096) == 0 else {
            throw LabError("the service cannot listen on port \(door.rawValue)", code: errno)
        }
        return listener
    }

    /// Takes in all who wait at a door.
    private mutating func welcome(at door: Door, _ listener: Int32) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else {
                let isExhausted = [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno)
                if isExhausted { (Instant.now + .milliseconds(1)).sleepUntil() }
                return
            }
            _ = fcntl(connection, F_SETFL, O_NONBLOCK)
            if door != .web { Self.send("\(name)\n", to: connection) }
            if door == .name {
                close(connection)
            } else {
                guests.append(Guest(socket: connection, door: door))
            }
        }
    }

    /// Reads what a guest has to say and answers its requests; nil when it has left.
    private func attend(_ guest: Guest) -> Guest? {
        var guest = guest
        var buffer = [UInt8](repeating: 0, count: Self.mostBytes)
        let count = unsafe read(guest.socket, &buffer, buffer.count)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return guest }
        var leaves = count <= 0
        if guest.door == .web, count > 0 {
            guest.request += buffer.prefix(count)
            // The lab's clients wait for the answer before they ask again.
            if let request = WebRequest(guest.request) {
                leaves = leaves || request.fields.contains("connection: close")
                if !request.body.isEmpty { leaves = !ReportLines.write([request.body]) || leaves }
                let body = answer(to: request.target)
                Self.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n"
                        + (leaves ? "Connection: close\r\n\r\n" : "\r\n") + body, to: guest.socket)
                guest.request = []
            }
            leaves = leaves || guest.request.count >= Self.mostBytes
        }
        if leaves { close(guest.socket) }
        return leaves ? nil : guest
    }

    /// What is found at a request's path: with it, this is what an API server says of itself (kubernetes.io, "Kubernetes
    /// API health endpoints"), its version bearing the machine's name.
    private func answer(to target: String) -> String {
        switch target.split(separator: "?").first {
        case "/livez", "/readyz", "/healthz": return "ok"
        case "/version": return APIServer.version(of: name)
        default: return "\(name)\n"
        }
    }

    private static func send(_ text: String, to connection: Int32) {
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}
