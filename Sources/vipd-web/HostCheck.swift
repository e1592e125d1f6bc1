// The Host field of a request. Deliberately not here: refusing (Site.swift).

/// Whether a request that came to an address of the loopback was meant for it.
///
/// A browser asks whatever address a foreign page's host name resolves to, the loopback too (DNS rebinding), and that
/// page may read the answer. The Host field then has the foreign name, so that only the machine's own are let through.
enum HostCheck {
    /// True for `localhost` (with the root's dot or without), an address of 127.0.0.0/8, and `[::1]`, with or without a port, which may be that of a tunnel.
    static func isOwn(_ host: String) -> Bool {
        let name: Substring
        if host.hasPrefix("["), let bracket = host.firstIndex(of: "]") {
            name = host[host.startIndex...bracket]
            guard isPort(host[host.index(after: bracket)...]) else { return false }
        } else {
            let colon = host.firstIndex(of: ":") ?? host.endIndex
            name = host[..<colon]
            guard isPort(host[colon...]) else { return false }
        }
        if ["localhost", "localhost."].contains(name.lowercased()) || name == "[::1]" { return true }
        let octets = name.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127"
            && octets.allSatisfy { (1...3).contains($0.utf8.count) && isNumber($0) && UInt8($0) != nil }
    }

    /// Whether it is made of what a host and a port are made of (RFC 3986, section 3.2): no blank, no slash, no user
    /// before it. An empty one is allowed (RFC 9110, section 7.2).
    static func isWellFormed(_ host: String) -> Bool {
        host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._~!$&'()*+,;=%:[]".utf8.contains(byte)
            }
        }
    }

    /// Nothing, or a colon and digits.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || (text.hasPrefix(":") && isNumber(text.dropFirst()))
    }

    private static func isNumber(_ text: Substring) -> Bool {
        text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
    }
}
