// From the text of one value of a check or a hook to the value, with the wording of every refusal.
// Deliberately not here: the rules of other settings (Values).

internal import VIPHealth
internal import VIPText

/// The rule for URLs.
enum URLRule {
    static let range = "http:// or https://, at most \(CheckLimits.urlLength.upperBound) bytes"

    /// `text`, if it is a URL that can be asked for over HTTP, of `scheme` if one is given (RFC 3986, section 3).
    static func check(_ text: String, scheme wanted: String? = nil) throws(ValueError) -> String {
        let example = "\(wanted ?? "https")://127.0.0.1:6443/livez"
        guard let separator = text.range(ofText: "://") else {
            throw ValueError("\(text.quoted) is not a URL; write one like \(example)")
        }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard wanted.map({ $0 == scheme }) ?? ["http", "https"].contains(scheme) else {
            if let wanted, ["http", "https"].contains(scheme) {
                throw ValueError("\(text.quoted) is no \(wanted) URL; write it under the key \"\(scheme)\"")
            }
            throw ValueError("\(text.quoted) is neither an http nor an https URL; write one like \(example)")
        }
        guard text.utf8.count <= CheckLimits.urlLength.upperBound, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw ValueError(
                "\(text.quoted) has characters that no URL has, or is longer than \(CheckLimits.urlLength.upperBound) bytes; "
                    + "write others as % and two digits")
        }
        let authority = text[separator.upperBound...].prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else {
            throw ValueError("\(text.quoted) has a user or a password in it, and vipd sends none; write it without")
        }
        guard !authority.isEmpty, !authority.hasPrefix(":") else {
            throw ValueError("\(text.quoted) names no host; write one like \(example)")
        }
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let port = UInt16(authority[authority.index(after: colon)...]), port > 0 else {
                throw ValueError(
                    "\(text.quoted) has no port from 1 to 65535 behind its colon; write one like \(example)")
            }
        }
        return text
    }
}

/// The rule for a host and its port.
enum EndpointRule {
    static func check(_ text: String) throws(ValueError) -> (host: String, port: UInt16) {
        let wayOut = "write host:port, like 127.0.0.1:6443 or [::1]:6443"
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            throw ValueError("\(text.quoted) has no port from 1 to 65535; \(wayOut)")
        }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        let allowed: (UInt8) -> Bool = { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            case UInt8(ascii: ":"), UInt8(ascii: "%"): isBracketed
            default: false
            }
        }
        guard (1...253).contains(host.utf8.count), host.utf8.allSatisfy(allowed) else {
            throw ValueError("\(text.quoted) names no host; \(wayOut)")
        }
        return (String(host), port)
    }
}

/// The rule for files that are read, and for programs.
enum PathRule {
    static let keyExample = "/etc/vipd/key"

    static func check(_ text: String) throws(ValueError) -> String { try check(text, example: "/etc/vipd/ca.crt") }

    static func check(_ text: String, example: String) throws(ValueError) -> String {
        guard text.hasPrefix("/"), text.utf8.count <= CheckLimits.textLength.upperBound, !text.utf8.contains(0) else {
            throw ValueError(
                "\(text.quoted) is not an absolute path of at most \(CheckLimits.textLength.upperBound) bytes; write one like "
                    + example)
        }
        return text
    }
}

/// The rule for commands.
enum CommandRule {
    static let range =
        "the first word an absolute path, at most \(CheckLimits.arguments.upperBound) words; no shell is in between"

    /// `words`, if they can be run.
    static func check(_ words: [String]) throws(ValueError) -> [String] {
        guard let program = words.first, program.hasPrefix("/"), program.utf8.count <= CheckLimits.textLength.upperBound
        else {
            let first = words.first.map(\.quoted) ?? "nothing"
            throw ValueError(
                "begins with \(first), which is not an absolute path; write for instance [/etc/vipd/check.sh, argument]"
            )
        }
        let longest = CheckLimits.textLength.upperBound
        guard words.count <= CheckLimits.arguments.upperBound, words.allSatisfy({ $0.utf8.count <= longest }) else {
            throw ValueError(
                "has more than \(CheckLimits.arguments.upperBound) words, or one of more than \(longest) bytes; "
                    + "put it into a script")
        }
        let length = words.reduce(0) { $0 + $1.utf8.count }
        guard length <= Limits.commandBytes else {
            throw ValueError("is longer than \(Limits.commandBytes) bytes; put it into a script")
        }
        guard !words.contains(where: { $0.utf8.contains(0) }) else {
            throw ValueError("has a NUL in one of its words; remove it")
        }
        return words
    }
}

/// The rule for HTTP status codes.
enum StatusRule {
    static let range = "codes from \(rangeText(CheckLimits.statusCodes.lowerBound, CheckLimits.statusCodes.upperBound))"

    /// A code, or the first and the last of a range: "200-399".
    static func check(_ text: String) throws(ValueError) -> ClosedRange<Int> {
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
        let codes = bounds.compactMap { part in
            part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(part) : nil
        }
        guard codes.count == bounds.count, codes.count <= 2, let first = codes.first, let last = codes.last,
            first <= last, CheckLimits.statusCodes.contains(first), CheckLimits.statusCodes.contains(last)
        else {
            throw ValueError("\(text.quoted) is no status code; write \(range), like 200 or 200-399")
        }
        return first...last
    }
}

/// The rule for the text that a body must contain.
enum BodyRule {
    static func check(_ text: String) throws(ValueError) -> String {
        guard (1...CheckLimits.bodyLength.upperBound).contains(text.utf8.count), !text.utf8.contains(0) else {
            throw ValueError(
                "is not a text of 1 to \(CheckLimits.bodyLength.upperBound) bytes; write a part of what is expected")
        }
        return text
    }
}
