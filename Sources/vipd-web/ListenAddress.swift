// Where to listen: an address in numbers and a port. Deliberately not here: listening (CVIPWeb).
import Glibc

/// An IP address, without names, and a TCP port.
struct ListenAddress: Equatable, CustomStringConvertible {
    /// As in `127.0.0.1` or `::1`, without brackets.
    let address: String
    let port: UInt16

    static let standardPort: UInt16 = 9210
    /// The loopback in both families. The second is left out where the machine has no IPv6.
    static let standard = [
        ListenAddress(address: "127.0.0.1", port: standardPort), ListenAddress(address: "::1", port: standardPort),
    ]

    init(address: String, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Parses `127.0.0.1:9210` or `[::1]:9210`; nil for anything else, names included.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0,
            text[text.index(after: colon)...].utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            self.init(address: String(host.dropFirst().dropLast()), port: port)
            guard Self.isAddress(address, of: AF_INET6) else { return nil }
        } else {
            self.init(address: String(host), port: port)
            guard Self.isAddress(address, of: AF_INET) else { return nil }
        }
    }

    private static func isAddress(_ text: String, of family: Int32) -> Bool {
        var address = in6_addr()
        return unsafe inet_pton(family, text, &address) == 1
    }

    /// As it stands in a URL.
    var description: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
}
