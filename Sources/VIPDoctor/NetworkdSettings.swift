// What systemd-networkd's files say of keeping addresses that it did not set: systemd.network(5), KeepConfiguration=.
// Deliberately not here: finding the files, and the verdict (ManagerJudge).

import VIPText

/// How systemd-networkd manages a link.
public struct NetworkdLink: Equatable, Sendable {
    /// The .network file that it goes by.
    public var file: String
    /// The last KeepConfiguration= that counts, of networkd.conf, that file and its drop-ins; nil where none is set.
    public var keeps: String?

    public init(file: String, keeps: String?) {
        self.file = file
        self.keeps = keeps
    }

    /// Reads the state file that systemd-networkd keeps of a link: nil where it does not manage it.
    public static func file(inState text: String) -> String? {
        var fields: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        guard let file = fields["NETWORK_FILE"], !file.isEmpty, fields["ADMIN_STATE"] != "unmanaged" else { return nil }
        return String(file)
    }

    /// The value that `KeepConfiguration=` in a `[Network]` section has after these texts, in their order; empty takes back
    /// what was set before.
    public static func keepConfiguration(in texts: [String]) -> String? {
        var value: String?
        for text in texts {
            var section = ""
            for line in text.split(whereSeparator: \.isNewline) {
                let line = trimmed(line)
                if line.hasPrefix("[") { section = line }
                guard section == "[Network]", line.hasPrefix("KeepConfiguration") else { continue }
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, trimmed(parts[0]) == "KeepConfiguration" else { continue }
                let word = trimmed(parts[1])
                value = word.isEmpty ? nil : word
            }
        }
        return value
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpace = { (character: Character) in character == " " || character == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }

    /// Whether an address under a lease stays when systemd-networkd starts anew. It takes an address that has a lifetime
    /// for a dynamic one, so `static` is not enough.
    var keepsLeases: Bool {
        guard let keeps else { return false }
        return ["yes", "true", "on", "1", "y", "t", "dynamic", "dhcp"].contains(keeps.lowercased())
    }

    /// A drop-in of the administrator's, which neither an upgrade nor netplan overwrites.
    var dropIn: String {
        let name = file.split(separator: "/").last.map { String($0) } ?? file
        return "/etc/systemd/network/\(name).d"
    }

    /// netplan makes its files anew in /run at each boot.
    var isOfNetplan: Bool { file.hasPrefix("/run/") && file.contains(text: "netplan") }
}
