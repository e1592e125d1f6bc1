// Listening on a link to ARP and to the nodes, and asking by ARP that harms nobody.
//
// What is sent: ARP Probes (RFC 5227), which no cache heeds and no election takes for more than "somebody asked"; plain ARP
// requests from this node's own address; and, to learn whether such frames arrive, probes with a trailer of a group that
// nobody is in: nodes count them as another group's (`otherGroup`) and do nothing. Kernels answer all of these.
// Deliberately not here: what it means (VIPDoctor).

import Glibc
import VIPConfiguration
import VIPDoctor
import VIPLinux
import VIPWire

final class LinkEar {
    private(set) var facts: WireFacts
    private let socket: PacketSocket
    private let capture: Capture
    private let addresses: [IPv4Address]
    private let own: IPv4Address?
    private let keyring: FrameKeyring?
    /// Of the frames it sends itself.
    private static let name = "vipd doctor"
    private static let ownGroup = Digest.group(name: name, addresses: [])
    /// ARP replies since it was last emptied.
    private var replies: [ARPPacket] = []

    /// A group may have thousands of addresses; so many are probed for.
    private static let mostAddresses = 32
    /// What a flood of strangers' frames may take up.
    private static let mostHosts = 64
    private static let mostReplies = 1024
    private static let probeCount = 3
    private static let probeSpacing: Duration = .milliseconds(250)
    /// How long an answer may take; a kernel takes far less, but its machine may be busy.
    private static let patience: Duration = .milliseconds(150)

    /// - Parameters:
    ///   - own: this node's address on the link.
    ///   - facts: those that are known before listening.
    init(
        _ link: LinkFacts, addresses: [IPv4Address], own: IPv4Address?, keyring: FrameKeyring?, facts: WireFacts
    ) throws {
        self.addresses = Array(addresses.prefix(Self.mostAddresses))
        self.own = own
        self.keyring = keyring
        self.facts = facts
        self.facts.probed = Set(self.addresses)
        socket = try PacketSocket(interfaceIndex: Int32(link.index), name: link.name)
        try socket.join(group: Frame.multicast)
        capture = try Capture(interface: link.name, filter: "arp")
    }

    /// Listens for so long, and meanwhile probes for the addresses.
    func listen(for time: Duration) throws {
        let start = ContinuousClock.now
        for round in 0..<Self.probeCount {
            send(addresses.map { probe(for: $0, to: .broadcast) })
            try hear(until: start + Self.probeSpacing * (round + 1))
        }
        try hear(until: start + time)
        facts.seconds = (ContinuousClock.now - start) / .seconds(1)
    }

    /// Hears frames until then, or until `enough`.
    private func hear(until deadline: ContinuousClock.Instant, _ enough: () -> Bool = { false }) throws {
        while !enough() {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { return }
            var entry = pollfd(fd: capture.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&entry, 1, Int32(left) + 1) > 0 else { continue }
            _ = try capture.drain(limit: 64) { [self] bytes, length in
                if length <= Frame.longest { take(bytes) }
            }
        }
    }

    private func send(_ frames: [Frame]) {
        _ = socket.send(frames.map { $0.serialized(signedBy: keyring?.signing) })
    }

    private func probe(for address: IPv4Address, to destination: MACAddress, _ trailer: Trailer? = nil) -> Frame {
        Frame(
            destination: destination, source: facts.ownMAC, packet: .probe(for: address, from: facts.ownMAC),
            trailer: trailer)
    }

    // What is heard.

    private func take(_ bytes: RawSpan) {
        guard let frame = try? Frame(parsing: bytes) else { return }
        if let trailer = frame.trailer { return note(frame, trailer, bytes) }
        guard frame.source != facts.ownMAC else { return }
        let packet = frame.packet
        if packet.operation == .reply, replies.count < Self.mostReplies { replies.append(packet) }
        if frame.destination == Frame.multicast { Self.count(frame.source, in: &facts.cut) }
        if frame.destination == .broadcast, packet.operation == .request, packet.isAnnouncement,
            addresses.contains(packet.senderProtocolAddress)
        {
            Self.count(frame.source, in: &facts.bareAnnouncements)
        }
        // Who sends in an address's name says that it has it, in whichever form.
        let answer = AddressAnswer(address: packet.senderProtocolAddress, mac: packet.senderHardwareAddress)
        if addresses.contains(answer.address), !facts.answers.contains(answer),
            facts.answers.count < Self.mostReplies
        {
            facts.answers.append(answer)
        }
    }

    private static func count(_ mac: MACAddress, in counts: inout [MACAddress: Int]) {
        if counts[mac] != nil || counts.count < mostHosts { counts[mac, default: 0] += 1 }
    }

    private func note(_ frame: Frame, _ trailer: Trailer, _ bytes: RawSpan) {
        // Another doctor's.
        guard trailer.group != Self.ownGroup else { return }
        let place = { (node: HeardNode) in
            node.mac == frame.source && node.id == trailer.node && node.group == trailer.group
        }
        if !facts.nodes.contains(where: place) {
            guard facts.nodes.count < Self.mostHosts else { return }
            facts.nodes.append(
                HeardNode(
                    mac: frame.source, name: trailer.name,
                    address: trailer.address == .unspecified ? nil : trailer.address, id: trailer.node,
                    group: trailer.group, configuration: trailer.configuration,
                    speaksOf: frame.packet.targetProtocolAddress))
        }
        guard let index = facts.nodes.firstIndex(where: place) else { return }
        facts.nodes[index].configuration = trailer.configuration
        if trailer.kind == .announcement || trailer.kind == .handover { facts.nodes[index].announces = true }
        if frame.destination == Frame.multicast {
            facts.nodes[index].byMulticast += 1
        } else {
            facts.nodes[index].byBroadcast += 1
        }
        facts.nodes[index].isSealed = Self.refusal(of: bytes, by: SealWitness()) == nil
        facts.nodes[index].refusal = keyring.flatMap { Self.refusal(of: bytes, by: $0) }
        if trailer.echoedNode == facts.ownID { facts.nodes[index].echoesUs = true }
    }

    private static func refusal(of bytes: RawSpan, by verifier: some FrameVerifier) -> FrameRefusal? {
        do throws(FrameRefusal) {
            _ = try Frame(parsing: bytes, verifiedBy: verifier)
            return nil
        } catch {
            return error
        }
    }

    /// Believes every seal, so that what it refuses has none.
    private struct SealWitness: FrameVerifier {
        let acceptsUnsigned = false
        func refusal(of seal: FrameSeal, in bytes: RawSpan) -> FrameRefusal? { nil }
    }

    // Asking.

    private enum Question: CaseIterable {
        case request, probe, longProbe, multicastProbe
    }

    /// Asks the nodes that were heard, who has the addresses, and gateways.
    func ask(gateways: [IPv4Address]) throws {
        let trailer = longTrailer()
        facts.longFrame = probe(for: .unspecified, to: .broadcast, trailer).serialized(signedBy: keyring?.signing).count
        var hosts = hostsToAsk(gateways)
        for question in Question.allCases where question != .request || own != nil {
            let answered = try ask(question, hosts, trailer)
            for (index, time) in answered {
                switch question {
                case .request: hosts[index].answers.request = true
                case .probe: hosts[index].answers.probe = true
                case .longProbe: hosts[index].answers.longProbe = true
                case .multicastProbe: hosts[index].answers.multicastProbe = true
                }
                if hosts[index].answers.roundTripMicroseconds == nil {
                    hosts[index].answers.roundTripMicroseconds = Int(time / .microseconds(1))
                }
            }
        }
        facts.asked = hosts
    }

    private func hostsToAsk(_ gateways: [IPv4Address]) -> [AskedHost] {
        let none = PathAnswers(request: own == nil ? nil : false, probe: false, longProbe: false, multicastProbe: false)
        var hosts: [AskedHost] = []
        for node in facts.nodes where node.mac != facts.ownMAC {
            guard let address = node.address, address != own, !hosts.contains(where: { $0.address == address }) else {
                continue
            }
            hosts.append(AskedHost(kind: .node(name: node.name), address: address, mac: node.mac, answers: none))
        }
        for answer in facts.answers where !hosts.contains(where: { $0.mac == answer.mac }) {
            hosts.append(AskedHost(kind: .holder, address: answer.address, mac: answer.mac, answers: none))
        }
        for gateway in gateways where gateway != own && !hosts.contains(where: { $0.address == gateway }) {
            hosts.append(AskedHost(kind: .gateway, address: gateway, mac: nil, answers: none))
        }
        return Array(hosts.prefix(Self.mostHosts))
    }

    /// Asks each host up to three times: those that answered, by their place, and how long it took.
    private func ask(
        _ question: Question, _ hosts: [AskedHost], _ trailer: Trailer
    ) throws -> [Int: Duration] {
        // What came late to the question before is no answer to this one.
        try hear(until: .now + .milliseconds(10))
        var answered: [Int: Duration] = [:]
        for _ in 0..<Self.probeCount where answered.count < hosts.count {
            replies = []
            let asked = ContinuousClock.now
            send(hosts.indices.filter { answered[$0] == nil }.map { frame(question, hosts[$0].address, trailer) })
            try hear(until: asked + Self.patience) { [self] in
                for index in hosts.indices where answered[index] == nil {
                    let host = hosts[index]
                    let isAnswered = replies.contains {
                        $0.senderProtocolAddress == host.address
                            && (host.mac == nil || $0.senderHardwareAddress == host.mac)
                    }
                    if isAnswered { answered[index] = .now - asked }
                }
                return answered.count == hosts.count
            }
        }
        return answered
    }

    private func frame(_ question: Question, _ address: IPv4Address, _ trailer: Trailer) -> Frame {
        switch question {
        case .request:
            let packet = ARPPacket(
                operation: .request, senderHardwareAddress: facts.ownMAC,
                senderProtocolAddress: own ?? .unspecified, targetHardwareAddress: .zero,
                targetProtocolAddress: address)
            return Frame(destination: .broadcast, source: facts.ownMAC, packet: packet)
        case .probe: return probe(for: address, to: .broadcast)
        case .longProbe: return probe(for: address, to: .broadcast, trailer)
        case .multicastProbe: return probe(for: address, to: Frame.multicast, trailer)
        }
    }

    /// As long as a trailer can be, of a group without addresses: nodes of every group count it as another's.
    private func longTrailer() -> Trailer {
        Trailer(
            kind: .probe, flags: [], group: Self.ownGroup, configuration: 0, priority: 1,
            node: .random(in: 1 ... .max), epoch: 0, sequence: .random(in: 1...UInt64(UInt32.max)), term: 0,
            intervalMicroseconds: Trailer.intervals.upperBound, address: .unspecified,
            name: padded(Self.name, to: Trailer.longestName).map { $0 == " " ? "-" : String($0) }.joined())
    }
}
