// The groups that a conversion comes to, in vipd's words. Deliberately not here: how they are written (YAMLWriter).

import VIPConfiguration
import VIPWire

/// One group of vipd's configuration; nil is left out, for vipd's default.
struct OutputGroup {
    var name: String
    /// What it was made of, for the comment above it.
    var origin: String
    var addresses: [IPv4Address] = []
    var interface: String?
    var priority: Int?
    var interval: Seconds?
    var suspectAfter: Seconds?
    var preempts = true
    var preemptDelay: Seconds?
    var pace: Int?
    var checks: [OutputCheck] = []
    /// The words of the programs.
    var acquired: [String]?
    var released: [String]?
    var fault: [String]?
}

/// One check.
struct OutputCheck: Equatable {
    /// What must succeed.
    enum Probe: Equatable {
        /// The words of a program.
        case exec([String])
        /// A host and a port that takes connections.
        case tcp(String)
    }

    var name: String
    var probe: Probe
    var interval: Seconds
    var timeout: Seconds
    var rise: Int
    var fall: Int
}

/// Names as vipd takes them.
enum OutputName {
    /// Whether vipd takes it for the name of a link.
    static func isLink(_ name: String) -> Bool {
        Limits.interfaceNameLength.contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    }

    /// `text` with - for what a name cannot have, at most `length` bytes long, and unlike those in `taken`.
    static func name(for text: String, length: Int, taken: Set<String> = []) -> String {
        let plain = text.unicodeScalars.prefix(length).map { scalar -> Character in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": Character(scalar)
            default: "-"
            }
        }
        var base = String(plain)
        if base.isEmpty || base == "." || base == ".." { base = "group" }
        guard taken.contains(base) else { return base }
        var number = 2
        while true {
            let suffix = "-\(number)"
            let candidate = base.prefix(length - suffix.count) + suffix
            if !taken.contains(String(candidate)) { return String(candidate) }
            number += 1
        }
    }
}
