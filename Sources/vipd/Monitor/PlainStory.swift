// What ARP without a trailer says about an address of vipd's: the kernels of nodes, clients, hosts that confirm, strangers.
// Deliberately not here: what is remembered of nodes (FrameMemory).
import VIPWire

/// One ARP packet, and who is behind its addresses.
struct PlainStory {
    let packet: ARPPacket
    /// The one it is about.
    let address: IPv4Address
    let time: Int64
    /// The node that sent it, if one did.
    let sender: FrameMemory.Node?
    let senderMAC: MACAddress
    /// The node that announced the address last.
    let holder: FrameMemory.Node?
    /// The name of the node that it is sent to, if it is one.
    let target: String?
    /// True while a sender that is no known node may be one all the same, which has not been heard yet.
    let isEarly: Bool

    var kind: String {
        if packet.isProbe { return "ARP probe" }
        if packet.isAnnouncement { return "ARP announcement" }
        return packet.operation == .reply ? "ARP reply" : "ARP request"
    }

    private var senderIsHolder: Bool { sender != nil && sender?.mac == holder?.mac }

    var words: (meaning: String, weight: Narration.Weight) {
        if packet.isProbe { return probe }
        if packet.senderProtocolAddress == address {
            if packet.isAnnouncement { return announcement }
            return packet.operation == .reply ? answer : directed
        }
        let asker = packet.senderProtocolAddress
        if packet.operation == .reply {
            return ("\(asker) answers \(target ?? "\(packet.targetHardwareAddress)") for \(address)", .usual)
        }
        return ("\(asker) asks who has \(address)", .usual)
    }

    private var probe: (String, Narration.Weight) {
        let question = "asks whether anybody has \(address)"
        return sender == nil ? unknown(question, "it may want to take it") : (question, .usual)
    }

    /// What an unknown sender does, and what that means where it is no node.
    private func unknown(_ deed: String, _ danger: String) -> (String, Narration.Weight) {
        isEarly ? ("somebody not heard before \(deed)", .change) : ("a stranger \(deed): \(danger)", .trouble)
    }

    private static let conflict = "an address conflict"

    private var announcement: (String, Narration.Weight) {
        let form = packet.operation == .reply ? " (reply form)" : ""
        guard sender != nil else { return unknown("claims \(address)\(form)", Self.conflict) }
        if let holder, !senderIsHolder {
            return ("tells all hosts that it has \(address)\(form), while \(holder.name) announces it", .change)
        }
        return ("tells all hosts that it has \(address)\(form)", .usual)
    }

    /// As the address, to one host: an answer is to come.
    private var directed: (String, Narration.Weight) {
        let host = packet.targetProtocolAddress
        guard sender != nil else { return unknown("asks \(host) in the name of \(address)", Self.conflict) }
        return ("tells \(host) that it has \(address), and asks for an answer that confirms it", .usual)
    }

    /// A kernel answers for the address.
    private var answer: (String, Narration.Weight) {
        let asker =
            packet.targetProtocolAddress == .unspecified
            ? "a probe\(target.map { " of \($0)" } ?? "")" : "\(packet.targetProtocolAddress)"
        guard let sender else { return unknown("answers \(asker) that it has \(address)", Self.conflict) }
        let statement = "kernel of \(sender.name) answers \(asker) that it has \(address)"
        let silence = time - sender.heardAt
        // One announcement may be lost, and one late.
        guard silence <= 3 * sender.interval else {
            return (
                "\(statement), and its daemon has been silent for \(span(nanoseconds: silence)): it may be dead",
                .change
            )
        }
        if let holder, !senderIsHolder { return ("\(statement), while \(holder.name) announces it", .change) }
        return (statement, .usual)
    }
}

/// A short span of time, as in `100.2 ms` or `12.3 s`.
func span(nanoseconds: Int64) -> String {
    func tenths(_ value: Int64) -> String { "\(value / 10).\(value % 10)" }
    let value = max(0, nanoseconds)
    return value < 10_000_000_000
        ? "\(tenths((value + 50_000) / 100_000)) ms" : "\(tenths((value + 50_000_000) / 100_000_000)) s"
}
