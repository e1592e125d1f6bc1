// What `vipd monitor` remembers of the frames before, so that it can say what one means: nodes, holders, addresses, times.
// Deliberately not here: the words. All of it is bounded: frames may come from anyone.
import VIPConfiguration
import VIPWire

struct FrameMemory {
    struct Node {
        var name: String
        var mac: MACAddress
        /// When its daemon was heard, and how often it announces; nanoseconds.
        var heardAt: Int64
        var interval: Int64
        /// The sequence of the frame in which it last asked for votes.
        var question: UInt64?
    }

    struct Group {
        var name: String?
        /// The node that announced last, in which term.
        var holder: UInt64?
        var term: UInt64 = 0
    }

    /// A sender and a kind of frame, between which gaps are told.
    struct Stream: Hashable {
        let source: MACAddress
        let kind: String
        let group: UInt64
    }

    private(set) var nodes: [UInt64: Node] = [:]
    private(set) var groups: [UInt64: Group] = [:]
    /// The group of each address.
    private(set) var addresses: [IPv4Address: UInt64] = [:]
    private var lastSeen: [Stream: Int64] = [:]

    /// Who was silent for so many of its intervals is gone.
    private static let intervalsOfLife: Int64 = 16
    private static let mostNodes = 512
    private static let mostGroups = 512
    private static let mostStreams = 4096
    /// Beyond those of the configuration.
    private static let mostAddresses = 4096

    init(groups configured: [GroupConfiguration]) {
        for group in configured {
            let digest = Digest.group(name: group.name, addresses: group.addresses)
            groups[digest] = Group(name: group.name)
            for address in group.addresses { addresses[address] = digest }
        }
    }

    /// The node that a MAC is of.
    func node(at mac: MACAddress) -> Node? { nodes.values.first { $0.mac == mac } }

    /// Whether another node, which is heard still, holds in a higher term: of two that announce it is the one that stays.
    /// Terms begin anew where all nodes were started anew.
    func isOutranked(_ trailer: Trailer, at time: Int64) -> Bool {
        guard let group = groups[trailer.group], let holder = group.holder, holder != trailer.node else { return false }
        guard trailer.term < group.term, let node = nodes[holder] else { return false }
        return time - node.heardAt < Self.intervalsOfLife * node.interval
    }

    /// Nanoseconds since the last frame of `stream`, which is now `time`; nil for the first.
    mutating func gap(in stream: Stream, at time: Int64) -> Int64? {
        let last = lastSeen[stream]
        if last == nil, lastSeen.count >= Self.mostStreams, let oldest = lastSeen.min(by: { $0.value < $1.value }) {
            lastSeen[oldest.key] = nil
        }
        lastSeen[stream] = time
        return last.map { time - $0 }
    }

    /// Takes in a frame that a vipd would take in.
    mutating func learn(_ trailer: Trailer, of frame: Frame, at time: Int64) {
        if nodes[trailer.node] == nil, nodes.count >= Self.mostNodes,
            let oldest = nodes.min(by: { $0.value.heardAt < $1.value.heardAt })
        {
            nodes[oldest.key] = nil
        }
        let asks = trailer.kind == .probe && trailer.subject == trailer.node
        nodes[trailer.node] = Node(
            name: trailer.name, mac: frame.source, heardAt: time, interval: Int64(trailer.intervalMicroseconds) * 1000,
            question: asks ? trailer.sequence : nodes[trailer.node]?.question)
        let address = frame.packet.targetProtocolAddress
        if addresses[address] == nil, addresses.count < Self.mostAddresses { addresses[address] = trailer.group }
        guard groups[trailer.group] != nil || groups.count < Self.mostGroups else { return }
        var group = groups[trailer.group] ?? Group()
        switch trailer.kind {
        case .announcement where !isOutranked(trailer, at: time):
            (group.holder, group.term) = (trailer.node, trailer.term)
        case .resign where group.holder == trailer.node: group.holder = nil
        default: break
        }
        groups[trailer.group] = group
    }
}
