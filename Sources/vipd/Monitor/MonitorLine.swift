// A frame as a line of `vipd monitor`: for people, or as JSON with all fields. Deliberately not here: what it means.
import VIPControl
import VIPJSON
import VIPLinux
import VIPWire

struct MonitorLine {
    let observed: ObservedFrame
    let narration: Narration

    /// What stands above the lines.
    static func heading(_ palette: Palette) -> String {
        palette.paint(
            joined(["TIME", "GAP", "NODE", "KIND", "GROUP", "TERM", "PRIO", "TAG"], "MEANING"), .heading) + "\n"
    }

    /// Columns stand where they do as long as nothing is longer than is usual: what is not yet seen cannot be measured.
    /// A stranger's MAC address in place of its name, and a group's digest in place of a name that is not configured
    /// here, are usual.
    private static let widths = [23, 11, 17, 16, 16, 5, 4, 9]

    private static func joined(_ cells: [String], _ end: String) -> String {
        zip(cells, widths).map { padded($0, to: $1) + "  " }.joined() + end
    }

    /// The line for people, in local time.
    func text(palette: Palette, localTime: (Timestamp) -> String) -> String {
        let trailer = observed.frame?.trailer
        let colour: Palette.Meaning? =
            switch narration.weight {
            case .usual: nil
            case .change: .warning
            case .trouble: .bad
            }
        let vlans = observed.seen.vlans.map { " (VLAN \($0))" }.joined()
        let meaning = escaped(narration.meaning) + vlans
        return Self.joined(
            [
                localTime(time), narration.gap.map { "+" + span(nanoseconds: $0) } ?? "-", escaped(narration.node),
                narration.kind, narration.group.map(escaped) ?? "-", trailer.map { "\($0.term)" } ?? "-",
                trailer.map { "\($0.priority)" } ?? "-", observed.seal.word,
            ], colour.map { palette.paint(meaning, $0) } ?? meaning) + "\n"
    }

    private var time: Timestamp {
        let (second, rest) = (observed.seen.time / 1_000_000_000, observed.seen.time % 1_000_000_000)
        return Timestamp(seconds: second, milliseconds: rest / 1_000_000)
    }

    // JSON

    /// One object. Ids are 16 hexadecimal digits, and numbers that may have more digits than a JSON reader keeps are texts.
    var json: JSONValue {
        .object([
            "at": .string(exactTime), "gapMicroseconds": .optional(narration.gap.map { Int($0 / 1000) }),
            "sender": .string(narration.node), "kind": .string(narration.kind), "group": .optional(narration.group),
            "meaning": .string(narration.meaning), "refusal": .optional(observed.refusal?.rawValue),
            "tag": .string(observed.seal.word), "keyId": .optional(observed.seal.keyID?.description),
            "length": .integer(Int64(observed.seen.originalLength)),
            "destination": .optional(destination?.description),
            "vlans": .array(observed.seen.vlans.map { .integer(Int64($0)) }),
            "source": .optional(observed.source?.description),
            "arp": observed.frame.map { Self.json($0.packet) } ?? .null,
            "trailer": observed.frame?.trailer.map(Self.json) ?? .null,
        ])
    }

    /// Nil where the capture does not tell; a tag that fits is proof of it.
    private var destination: MACAddress? {
        guard !observed.seen.hasKnownDestination else { return observed.frame?.destination }
        guard case .genuine = observed.seal else { return nil }
        return observed.frame?.destination
    }

    /// RFC 3339 with nanoseconds.
    private var exactTime: String {
        let fraction = String(observed.seen.time % 1_000_000_000)
        guard observed.seen.time >= 0 else { return time.rfc3339 }
        return time.rfc3339.prefix(20) + String(repeating: "0", count: 9 - fraction.utf8.count) + fraction + "Z"
    }

    private static func json(_ packet: ARPPacket) -> JSONValue {
        .object([
            "operation": .integer(Int64(packet.operation.rawValue)),
            "senderHardwareAddress": .string("\(packet.senderHardwareAddress)"),
            "senderProtocolAddress": .string("\(packet.senderProtocolAddress)"),
            "targetHardwareAddress": .string("\(packet.targetHardwareAddress)"),
            "targetProtocolAddress": .string("\(packet.targetProtocolAddress)"),
        ])
    }

    private static func json(_ trailer: Trailer) -> JSONValue {
        .object([
            "kind": .integer(Int64(trailer.kind.rawValue)), "flags": .integer(Int64(trailer.flags.rawValue)),
            "group": .string(hexadecimal(trailer.group)), "configuration": .string(hexadecimal(trailer.configuration)),
            "priority": .integer(Int64(trailer.priority)), "node": .string(hexadecimal(trailer.node)),
            "epoch": .string("\(trailer.epoch)"), "sequence": .string("\(trailer.sequence)"),
            "term": .string("\(trailer.term)"),
            "intervalMicroseconds": .integer(Int64(trailer.intervalMicroseconds)),
            "subject": .string(hexadecimal(trailer.subject)),
            "acknowledgedSequence": .string("\(trailer.acknowledgedSequence)"),
            "echoedNode": .string(hexadecimal(trailer.echoedNode)),
            "echoedSequence": .string("\(trailer.echoedSequence)"), "address": .string("\(trailer.address)"),
            "name": .string(trailer.name),
        ])
    }
}
