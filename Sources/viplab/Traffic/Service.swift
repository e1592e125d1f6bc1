// The service behind the VIP: tells its machine's name to whoever connects, and closes. It stands for the API server.
import Foundation

/// The work of `viplab serve`, until it is killed.
struct Service {
    let name: String
    let port: UInt16

    /// Accepts on every address, the VIP included whenever it comes and goes. One connection at a time is enough: the
    /// answer fits any socket buffer, so nothing here waits for a client.
    func run() throws -> Never {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw LabError("the service cannot open a socket", code: errno) }
        var yes: Int32 = 1
        unsafe setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        let bound = unsafe withUnsafePointer(to: &place) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(listener, 4096) == 0 else {
            throw LabError("the service cannot listen on port \(port)", code: errno)
        }
        let answer = Array("\(name)\n".utf8)
        while true {
            let connection = accept(listener, nil, nil)
            if connection >= 0 {
                _ = unsafe send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
                close(connection)
            } else if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM {
                (Instant.now + .milliseconds(1)).sleepUntil()
            }
        }
    }
}
