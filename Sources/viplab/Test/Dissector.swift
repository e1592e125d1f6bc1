// Wireshark's dissector of vipd, asked what it makes of captures. Deliberately not here: what vipd makes of them
// (Monitor.swift).
import Foundation

/// The Lua script for Wireshark, run by tshark.
enum Dissector {
    /// Beside the flags and the key id: the names that the dissector and `vipd monitor --json` have for a field.
    static let fields: [(dissected: String, told: String, isHexadecimal: Bool)] = [
        ("vipd.kind", "kind", false), ("vipd.group", "group", true), ("vipd.configuration", "configuration", true),
        ("vipd.priority", "priority", false), ("vipd.node", "node", true), ("vipd.epoch", "epoch", false),
        ("vipd.sequence", "sequence", false), ("vipd.term", "term", false),
        ("vipd.interval", "intervalMicroseconds", false), ("vipd.subject", "subject", true),
        ("vipd.acknowledged_sequence", "acknowledgedSequence", false), ("vipd.echoed_node", "echoedNode", true),
        ("vipd.echoed_sequence", "echoedSequence", false), ("vipd.address", "address", false),
        ("vipd.name", "name", false),
    ]

    /// The script: of the repository that this binary was built in, or of the installation.
    static func script() throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var directory = own
        while let slash = directory.lastIndex(of: "/"), slash > directory.startIndex {
            directory = String(directory[..<slash])
            for place in ["wireshark/vipd.lua", "share/vipd/vipd.lua"] {
                if FileManager.default.fileExists(atPath: "\(directory)/\(place)") { return "\(directory)/\(place)" }
            }
        }
        throw Skipped(reason: "vipd.lua is not beside \(own)")
    }

    /// The fields of each frame with a trailer, by its time.
    static func read(_ capture: String, with script: String) throws -> [String: [String: String]] {
        let names = ["frame.time_epoch", "vipd.flags", "vipd.key_id", "vipd.refusal"] + fields.map(\.dissected)
        let result = try Tool.run(
            ["tshark", "-X", "lua_script:\(script)", "-r", capture, "-Y", "vipd", "-T", "fields"]
                + names.flatMap { ["-e", $0] }, limit: .seconds(60))
        guard result.status == .exited(0) else { throw LabError("tshark: \(result.said)") }
        var rows: [String: [String: String]] = [:]
        for line in result.output.split(separator: "\n") {
            let values = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let row = Dictionary(zip(names, values)) { first, _ in first }
            rows[row["frame.time_epoch"] ?? ""] = row
        }
        return rows
    }

    /// A frame with each octet changed to what limits are about, and cut to each length.
    static func mutants(of frame: [UInt8]) -> [[UInt8]] {
        var mutants = [frame]
        for place in frame.indices {
            for value in [0, 1, 2, 5, 0x7f, 0x80, 0xa0, 0xc2, 0xff, frame[place] ^ 1, frame[place] &+ 20] {
                var mutant = frame
                mutant[place] = value
                mutants.append(mutant)
            }
        }
        mutants += (Wiretap.arpEnd..<frame.count).map { Array(frame.prefix($0)) }
        for extra in [1, 20, 1518 - frame.count, 1519 - frame.count] {
            mutants.append(frame + [UInt8](repeating: 0, count: extra))
        }
        // With a tag for priority, for a VLAN, for both in either order, for a provider, and with one too many.
        let priority: [UInt8] = [0x81, 0x00, 0xe0, 0x00]
        let vlan: [UInt8] = [0x81, 0x00, 0x00, 0x01]
        let provider: [UInt8] = [0x88, 0xa8, 0x00, 0x64]
        let stacks: [[UInt8]] = [
            priority, vlan, vlan + priority, priority + vlan, provider, provider + vlan, provider + vlan + priority,
            vlan + vlan + vlan,
        ]
        for tags in stacks {
            mutants.append(frame.prefix(12) + tags + frame.dropFirst(12))
        }
        return mutants
    }

    /// How a capture may record an Ethernet link: as it is, or as `tcpdump -i any` does (LINUX_SLL and LINUX_SLL2 of
    /// pcap-linktype(7)).
    enum Link: Int, CaseIterable {
        case ethernet = 1
        case cooked = 113
        case cooked2 = 276

        /// A frame to a group, as such a capture has it.
        func record(_ frame: [UInt8]) -> [UInt8] {
            let (source, type, rest) = (Array(frame[6..<12]), Array(frame[12..<14]), Array(frame[14...]))
            return switch self {
            case .ethernet: frame
            case .cooked: [0, 2, 0, 1, 0, 6] + source + [0, 0] + type + rest
            case .cooked2: type + [0, 0, 0, 0, 0, 2, 0, 1, 2, 6] + source + [0, 0] + rest
            }
        }
    }

    /// Writes a capture, a frame a second.
    static func write(_ frames: [[UInt8]], _ link: Link, to path: String) throws {
        func numbers(_ values: [Int]) -> [UInt8] {
            values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        }
        var bytes = numbers([0xa1b2_3c4d, 0x0004_0002, 0, 0, 65_535, link.rawValue])
        for (second, frame) in frames.enumerated() {
            bytes += numbers([second, 0, frame.count, frame.count]) + frame
        }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}
