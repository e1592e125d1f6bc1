// An open link and the groups on it: which group a received frame belongs to.

import VIPConfiguration
import VIPControl
import VIPWire

/// A link that at least one group is on.
final class AttachedLink {
    let port: any LinkPort
    /// As last told by the kernel.
    var facts: LinkFacts
    /// The groups' numbers in the daemon's list, by digest and by address.
    private var groupByDigest: [UInt64: Int] = [:]
    private var groupByAddress: [IPv4Address: Int] = [:]
    /// Frames refused, by reason, since the link was opened.
    private(set) var refused: [FrameRefusal: UInt64] = [:]

    init(port: any LinkPort, facts: LinkFacts) {
        self.port = port
        self.facts = facts
    }

    /// Says which groups are on the link, by their numbers in the daemon's list.
    func serve(_ groups: [(index: Int, digest: UInt64, addresses: [IPv4Address])]) {
        groupByDigest = Dictionary(groups.map { ($0.digest, $0.index) }) { first, _ in first }
        groupByAddress = Dictionary(groups.flatMap { group in group.addresses.map { ($0, group.index) } }) { first, _ in
            first
        }
    }

    /// The group that `frame` concerns: that of its trailer, else that of an address it claims or asks for.
    func group(of frame: Frame) -> Int? {
        if let trailer = frame.trailer, let index = groupByDigest[trailer.group] { return index }
        return groupByAddress[frame.packet.senderProtocolAddress] ?? groupByAddress[frame.packet.targetProtocolAddress]
    }

    func count(_ refusal: FrameRefusal) { refused[refusal, default: 0] += 1 }
}
