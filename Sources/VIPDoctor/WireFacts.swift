// What was heard on a link, and answered: facts of the election's frames and of ARP for the virtual addresses.
// Deliberately not here: hearing it, and judging it (AnswerJudge, PeerJudge, PathJudge).
import VIPJSON
public import VIPWire

/// A node as its trailers tell, by the MAC address they came from.
public struct HeardNode: Equatable, Sendable {
    public var mac: MACAddress
    public var name: String
    /// Nil where it says none.
    public var address: IPv4Address?
    public var id: UInt64
    public var group: UInt64
    public var configuration: UInt64
    /// It announced: it says that it holds.
    public var announces = false
    /// A virtual address that it speaks of.
    public var speaksOf: IPv4Address
    /// Frames to vipd's group address, and to all.
    public var byMulticast = 0
    public var byBroadcast = 0
    /// Its frames have a seal.
    public var isSealed = false
    /// Why this node's keys refuse its frames; nil where they do not, or there are none.
    public var refusal: FrameRefusal?
    /// It has echoed this node's id: it hears this node, trailers and tags intact.
    public var echoesUs = false

    public init(
        mac: MACAddress, name: String, address: IPv4Address?, id: UInt64, group: UInt64, configuration: UInt64,
        speaksOf: IPv4Address
    ) {
        self.mac = mac
        self.name = name
        self.address = address
        self.id = id
        self.group = group
        self.configuration = configuration
        self.speaksOf = speaksOf
    }

    /// Whether it is in a group, or speaks for one of its addresses in another.
    func concerns(_ group: GroupFacts) -> Bool {
        self.group == group.digest || group.addresses.contains(speaksOf)
    }
}

/// An answer to an ARP Probe for a virtual address.
public struct AddressAnswer: Equatable, Sendable {
    public var address: IPv4Address
    public var mac: MACAddress

    public init(address: IPv4Address, mac: MACAddress) {
        self.address = address
        self.mac = mac
    }
}

/// What a host answered of what was asked of it one after the other.
public struct PathAnswers: Equatable, Sendable {
    /// A plain ARP request from this node's own address.
    public var request: Bool?
    /// An ARP Probe, broadcast, as short as Ethernet has them.
    public var probe: Bool
    /// The same with a trailer, as long as the longest frame of a node.
    public var longProbe: Bool
    /// The same to vipd's group address.
    public var multicastProbe: Bool
    /// Of the first answer, in microseconds.
    public var roundTripMicroseconds: Int?

    public init(
        request: Bool?, probe: Bool, longProbe: Bool, multicastProbe: Bool, roundTripMicroseconds: Int? = nil
    ) {
        self.request = request
        self.probe = probe
        self.longProbe = longProbe
        self.multicastProbe = multicastProbe
        self.roundTripMicroseconds = roundTripMicroseconds
    }

    var hasNone: Bool { request != true && !probe && !longProbe && !multicastProbe }

    var json: JSONValue {
        .object([
            "request": request.map(JSONValue.bool) ?? .null, "probe": .bool(probe), "longProbe": .bool(longProbe),
            "multicastProbe": .bool(multicastProbe), "roundTripMicroseconds": .optional(roundTripMicroseconds),
        ])
    }
}

/// A host that was asked with `--probe`.
public struct AskedHost: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        /// A node, asked for its own address.
        case node(name: String)
        /// Whoever answers for a virtual address, asked for that.
        case holder
        case gateway
    }

    public var kind: Kind
    /// What was asked for.
    public var address: IPv4Address
    public var mac: MACAddress?
    public var answers: PathAnswers

    public init(kind: Kind, address: IPv4Address, mac: MACAddress?, answers: PathAnswers) {
        self.kind = kind
        self.address = address
        self.mac = mac
        self.answers = answers
    }
}

/// All that was heard on one link.
public struct WireFacts: Equatable, Sendable {
    public var link: String
    /// This node's MAC address and ids there.
    public var ownMAC: MACAddress
    public var ownID: UInt64
    /// In the order in which they were first heard.
    public var nodes: [HeardNode] = []
    public var answers: [AddressAnswer] = []
    /// The virtual addresses that were asked for.
    public var probed: Set<IPv4Address> = []
    /// Frames of the group's form to vipd's group address without a trailer, by who sent them: vipd sends none.
    public var cut: [MACAddress: Int] = [:]
    /// Announcements of a virtual address in request form to all hosts, without a trailer, by who sent them. A holder sends a
    /// few after its claim and then one a minute; signs of life that lost their trailer come at every interval.
    public var bareAnnouncements: [MACAddress: Int] = [:]
    /// Virtual addresses that this machine has had under a lease of vipd's all the while.
    public var heldHere: Set<IPv4Address> = []
    /// MAC addresses of nodes that the daemon knows.
    public var known: [MACAddress: String] = [:]
    /// Seconds of listening.
    public var seconds: Double = 0
    /// With `--probe`; nil without.
    public var asked: [AskedHost]?
    /// This node signs, and can verify.
    public var hasKey = false
    /// This node is known to have no key; where its key could not be read, neither holds.
    public var lacksKey = false
    /// The octets of the long frames that were sent.
    public var longFrame = 0

    public init(link: String, ownMAC: MACAddress, ownID: UInt64) {
        self.link = link
        self.ownMAC = ownMAC
        self.ownID = ownID
    }

    /// The name of the node with that MAC address.
    func name(of mac: MACAddress) -> String? { nodes.first { $0.mac == mac }?.name ?? known[mac] }
}

/// How the frames of a node come in, and what it answered: a row of the report.
public struct PeerPaths: Equatable, Sendable {
    public var node: HeardNode
    /// The group it is in; nil for one that this node is not in.
    public var group: String?
    /// Nil without keys.
    public var tagIsGenuine: Bool?
    /// Nil without `--probe`.
    public var answers: PathAnswers?

    public init(node: HeardNode, group: String?, tagIsGenuine: Bool?, answers: PathAnswers?) {
        self.node = node
        self.group = group
        self.tagIsGenuine = tagIsGenuine
        self.answers = answers
    }

    /// The rows of the nodes that concern any of the groups; one for each of the groups that a node is in.
    public static func rows(of facts: WireFacts, _ groups: [GroupFacts]) -> [PeerPaths] {
        facts.nodes.filter { node in groups.contains(where: node.concerns) }.map { node in
            PeerPaths(
                node: node, group: groups.first { $0.digest == node.group }?.name,
                tagIsGenuine: facts.hasKey ? node.refusal == nil : nil,
                answers: facts.asked?.first { $0.kind == .node(name: node.name) && $0.mac == node.mac }?.answers)
        }
    }

    var json: JSONValue {
        .object([
            "name": .string(node.name), "address": .optional(node.address?.description),
            "mac": .string(node.mac.description), "group": .optional(group), "announces": .bool(node.announces),
            "multicast": .integer(Int64(node.byMulticast)), "broadcast": .integer(Int64(node.byBroadcast)),
            "tag": tagIsGenuine.map(JSONValue.bool) ?? .null, "hearsUs": node.echoesUs ? .bool(true) : .null,
            "answers": answers?.json ?? .null,
        ])
    }
}
