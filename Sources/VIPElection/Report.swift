// What an election tells the operator: every change with its reason.

public import VIPWire

/// A node as an operator knows it.
public struct NodeReference: Hashable, Sendable {
    public var id: UInt64
    public var name: String
    public var address: IPv4Address
    public var mac: MACAddress

    public init(id: UInt64, name: String, address: IPv4Address, mac: MACAddress) {
        self.id = id
        self.name = name
        self.address = address
        self.mac = mac
    }
}

/// Something worth a line in the log and a place in the timeline.
public enum Report: Hashable, Sendable {
    case stateChanged(from: State, to: State, reason: Reason)
    case holderChanged(HolderChange)
    case peerAppeared(NodeReference)
    case peerLost(NodeReference)
    /// The peer's settings digest is not ours.
    case peerConfigurationDiffers(NodeReference)
    /// A vipd on this link speaks for one of our addresses in another group.
    case peerGroupDiffers(NodeReference)
    /// Another node with our own id or MAC: a cloned machine-id, a cloned MAC, or both.
    case duplicateNode(mac: MACAddress, name: String)
    case conflictBegan(Conflict)
    case conflictEnded(Conflict)
    /// Addresses that somebody else had removed are back.
    case addressesRestored([IPv4Address])
    /// A host has answered the holder's directed request: it knows where the addresses are.
    case confirmed(by: IPv4Address, mac: MACAddress, after: Duration)
    /// Gateways or hosts named by the operator that have not answered.
    case unconfirmed(by: [IPv4Address])
    /// The holder has named a successor.
    case handoverBegan(to: NodeReference)
    /// A handover was asked for that cannot begin.
    case handoverRefused(HandoverRefusal)
    /// The successors that were named did not take over; the addresses stay, or are released.
    case handoverFailed(tried: [NodeReference])
    /// With quorum: more nodes speak for the group than it has members. Majorities may not overlap.
    case tooManyMembers(heard: Int)
    /// The kernel would not install or remove an address.
    case addressRefused(AddressRefusal)
}

/// A new holder, or none, as this node saw it.
public struct HolderChange: Hashable, Sendable {
    public var from: NodeReference?
    public var to: NodeReference?
    public var reason: HolderChangeReason
    public var term: UInt64
    /// From the old holder's last sign of life until this node noticed.
    public var silence: Duration?
    /// From then until the new holder's first announcement.
    public var claim: Duration?
}

/// Why the holder is another now.
public enum HolderChangeReason: Hashable, Sendable, CaseIterable {
    /// The first holder that this node knows of.
    case start
    /// The old one went silent, and nothing answered for the address.
    case silence
    /// The old one's daemon went silent, its kernel answered until the lease ended.
    case lease
    /// The old one said that it dropped the addresses.
    case resign
    /// Two held; the higher term, then the better rank, stays.
    case conflict
    /// This node's carrier is gone.
    case carrierLost
    /// This node's own lease lapsed before it could be renewed.
    case leaseLapsed
    /// An operator took this node out.
    case maintenance
    /// This node was stopped.
    case stop
    /// This node's kernel refused an address.
    case addressRefused
    /// The old one handed over.
    case handover
    /// This node's services are sick.
    case unhealthy
    /// A majority of the members no longer acknowledges this node.
    case quorumLost
}

/// Why a handover that was asked for cannot begin.
public enum HandoverRefusal: Hashable, Sendable {
    /// This node does not hold; the one that does, if it is known.
    case notHolder(holder: NodeReference?)
    /// This node is the one that it was to go to.
    case isHolder
    /// A handover is under way.
    case busy(to: NodeReference?)
    /// No such node is heard.
    case unknownNode
    /// The node may not hold.
    case notEligible(NodeReference)
    /// With strict: a node that was named before may have claimed, and hang with the addresses for so long yet.
    case unheard(NodeReference, for: Duration)
    /// No node may hold.
    case noCandidate
}

/// Why a node's state changed.
public enum Reason: Hashable, Sendable {
    case started
    case heardHolder(name: String)
    case heardNobody
    case holderSilent(name: String, silence: Duration)
    case holderResigned(name: String)
    /// The holder speaks as a node that does not hold.
    case holderStepped(name: String)
    case kernelAnswered(mac: MACAddress)
    case probesUnanswered(count: Int)
    case leaseOutlasted(mac: MACAddress)
    case leftoverStands
    /// The addresses of an earlier life stand, and a machine that is no peer claims one of them.
    case leftoverContested
    case addressesConfirmed(term: UInt64)
    case addressesRemoved
    case rivalStays(name: String, term: UInt64)
    case successorNamed(name: String)
    case namedSuccessor(by: String)
    case successorTookOver(name: String)
    case noSuccessor
    case votesGranted(count: Int)
    case quorumLost
    case ownLeaseLapsed
    case obstacle(Obstacle)
    case obstaclesGone

    /// The reason in words.
    public var description: String {
        switch self {
        case .started: "started"
        case .heardHolder(let name): "\(name) announces the address"
        case .heardNobody: "nobody announces the address"
        case .holderSilent(let name, let silence): "holder \(name) silent for \(silence.milliseconds) ms"
        case .holderResigned(let name): "holder \(name) resigned"
        case .holderStepped(let name): "\(name) no longer holds"
        case .kernelAnswered(let mac): "\(mac) answers for the address, but nobody announces it"
        case .probesUnanswered(let count): "\(count) probes in a row unanswered"
        case .leaseOutlasted(let mac): "\(mac) answers beyond any lease"
        case .leftoverStands: "the addresses of the last run still stand"
        case .leftoverContested: "the addresses of the last run still stand, and another machine claims one"
        case .addressesConfirmed(let term): "the kernel has the addresses, term \(term)"
        case .addressesRemoved: "the kernel has removed the addresses"
        case .rivalStays(let name, let term): "\(name) holds too, with the better claim (term \(term))"
        case .successorNamed(let name): "handing over to \(name)"
        case .namedSuccessor(let name): "\(name) hands over to this node"
        case .successorTookOver(let name): "\(name) has taken over"
        case .noSuccessor: "no successor took over"
        case .votesGranted(let count): "\(count) nodes, a majority, voted for this one"
        case .quorumLost: "no majority of the members acknowledges this node"
        case .ownLeaseLapsed: "own lease lapsed before it was renewed"
        case .obstacle(let obstacle): obstacle.description
        case .obstaclesGone: "eligible again"
        }
    }
}

extension Obstacle {
    /// The obstacle in words.
    public var description: String {
        switch self {
        case .stopping: "stopping"
        case .carrierLost: "no carrier"
        case .maintenance: "in maintenance"
        case .unhealthy: "its services are sick"
        case .addressRefused(let errno): "the kernel refused an address (errno \(errno))"
        }
    }
}
