// An open link and the groups on it: which group a received frame belongs to.

import VIPConfiguration
import VIPControl
import VIPWire

/// A link that at least one group is on.
final class AttachedLink {
    let port: any LinkPort
    /// As last told by the kernel.
    var facts: LinkFacts
    /// The groups' numbers in the daemon's list, by digest, in its order, and by address.
    private var groupsByDigest: [(digest: UInt64, number: Int)] = []
    private var groupByAddress: [IPv4Address: Int] = [:]
    /// Frames refused, by reason, since the link was opened.
    private(set) var refused: [FrameRefusal: UInt64] = [:]

    /// The addresses that the port delivers frames of.
    private var listensFor: Set<IPv4Address>

    /// A group on the link, by its number in the daemon's list.
    struct Member {
        var number: Int
        var digest: UInt64
        var addresses: [IPv4Address]
    }

    /// - Parameter members: those for whose addresses `port` was opened.
    init(port: any LinkPort, facts: LinkFacts, members: [Member]) {
        self.port = port
        self.facts = facts
        listensFor = Set(members.flatMap(\.addresses))
        number(members)
    }

    /// Says which groups are on the link from now on, some of which are new.
    /// - Throws: where the port cannot deliver their frames; then nothing has changed.
    func serve(_ members: [Member]) throws {
        try listen(for: members)
        number(members)
    }

    /// Says which of its groups are left on the link, under which numbers.
    func keep(_ members: [Member]) {
        number(members)
        // Where the filter cannot be changed the old one lets through more than is needed, and nothing is missing.
        try? listen(for: members)
    }

    private func listen(for members: [Member]) throws {
        let addresses = members.flatMap(\.addresses)
        guard Set(addresses) != listensFor else { return }
        try port.listen(for: addresses)
        listensFor = Set(addresses)
    }

    private func number(_ members: [Member]) {
        groupsByDigest = members.map { ($0.digest, $0.number) }.sorted { $0.digest < $1.digest }
        let owned = members.flatMap { member in member.addresses.map { ($0, member.number) } }
        groupByAddress = Dictionary(owned) { first, _ in first }
    }

    /// The group that `frame` concerns: that of its trailer, else that of an address it claims or asks for.
    func group(of frame: Frame) -> Int? {
        if let digest = frame.trailer?.group, let number = group(withDigest: digest) { return number }
        return groupByAddress[frame.packet.senderProtocolAddress] ?? groupByAddress[frame.packet.targetProtocolAddress]
    }

    /// Asked for every frame: by halving, which touches less memory than a hash table does.
    private func group(withDigest digest: UInt64) -> Int? {
        var (low, high) = (0, groupsByDigest.count)
        while low < high {
            let middle = (low + high) / 2
            if groupsByDigest[middle].digest < digest { low = middle + 1 } else { high = middle }
        }
        return low < groupsByDigest.count && groupsByDigest[low].digest == digest ? groupsByDigest[low].number : nil
    }

    func count(_ refusal: FrameRefusal) { refused[refusal, default: 0] += 1 }
}
