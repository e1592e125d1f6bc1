// Which frames a link's captures hand up, and how much room each kind has. Capturing is Capture's, what is in the frames
// VIPWire's.

public import VIPWire

/// What the kernel hands up: a machine on a busy segment must not wake for every ARP frame.
///
/// It comes in two kinds, each with a ring of its own: a crowd that asks for the address must not push out what the election
/// goes by.
public enum CaptureFilter: CaseIterable, Sendable {
    /// Whoever speaks in an address's name, and who probes for one: nodes, their kernels, foreign hosts.
    case voices
    /// Whoever asks for an address, or answers it: clients, and hosts that confirm.
    case crowd

    /// More addresses than this would make a longer program than the frames it keeps away are worth.
    public static let mostAddresses = 32

    /// Bytes of the ring; the crowd may wait, or be lost.
    public var ringSize: Int32 {
        switch self {
        case .voices: Capture.defaultRingSize
        case .crowd: Capture.defaultRingSize / 4
        }
    }

    /// A pcap-filter(7) expression for the ARP frames of this kind whose sender or target is one of `addresses`.
    public func text(for addresses: [IPv4Address]) -> String {
        guard addresses.count <= Self.mostAddresses else {
            // Replies, probes, and announcements of any address.
            let voices = "arp[6:2] = 2 or arp[14:4] = 0 or arp[14:4] = arp[24:4]"
            return self == .voices ? "arp and (\(voices))" : "arp and not (\(voices))"
        }
        let senders = addresses.map { "arp[14:4] = \($0.bits)" }.joined(separator: " or ")
        let targets = addresses.map { "arp[24:4] = \($0.bits)" }.joined(separator: " or ")
        return switch self {
        case .voices: "arp and (\(senders) or (arp[14:4] = 0 and (\(targets))))"
        case .crowd: "arp and arp[14:4] != 0 and (\(targets)) and not (\(senders))"
        }
    }
}
