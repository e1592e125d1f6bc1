// Counts what a claim of many addresses broadcasts: one election alone, whose kernel takes everything at once.
// Deliberately not here: other nodes, which hear it and add nothing.

import VIPElection
import VIPWire

/// What one holder has broadcast for caches and switches, in frames.
public struct ClaimMeter: Sendable {
    /// At the moment of the claim.
    public private(set) var atOnce = 0
    /// Until the last repeat that is due soon, those at once included.
    public private(set) var ofClaim = 0
    /// In ``refreshedSeconds`` after that: each address so often as switches are kept from forgetting it.
    public private(set) var refreshes = 0
    /// An hour: the refreshes' lots even out.
    public static let refreshedSeconds = 3600

    /// Claims `addresses` addresses, 1 to ``SegmentModel/addressesInGroup``, and holds them for an hour.
    public init(addresses: Int) {
        let pool = (0..<UInt32(addresses)).map { IPv4Address(bits: IPv4Address(10, 0, 0, 1).bits + $0) }
        let mac = MACAddress(bits: 0x0200_0000_0001)
        // An hour of 100 ms would be spent on signs of life that are not counted here.
        let settings = GroupSettings(name: "default", addresses: pool, interval: .seconds(1), leaseSeconds: 30)
        let identity = NodeIdentity(
            id: Digest.node(machineID: "vipsim", mac: mac), name: "node-1", mac: mac,
            address: IPv4Address(192, 168, 1, 211), epoch: 1)
        var election = Election(settings: settings, node: identity, seed: 1)
        var now = Instant(nanoseconds: 1_000_000_000)
        var claimedAt: Instant?
        perform(.started(hasLeftover: false, obstacles: []), on: &election, at: now, claimedAt: &claimedAt)
        while let deadline = election.nextDeadline {
            now = max(now, deadline)
            if let claimedAt, now - claimedAt > .seconds(4 + Self.refreshedSeconds) { break }
            perform(.timeReached, on: &election, at: now, claimedAt: &claimedAt)
        }
    }

    private mutating func perform(
        _ event: Event, on election: inout Election, at now: Instant, claimedAt: inout Instant?
    ) {
        var events = [event]
        while !events.isEmpty {
            for directive in election.handle(events.removeFirst(), at: now) {
                switch directive {
                case .installAddresses:
                    if !election.isHolder { claimedAt = now }
                    events.append(.addressesInstalled(refused: []))
                case .announce(let addresses, let forms):
                    let frames = election.announcements(of: addresses, forms: forms).count
                    guard let claimedAt else { continue }
                    if now == claimedAt { atOnce += frames }
                    if now - claimedAt <= .seconds(4) { ofClaim += frames } else { refreshes += frames }
                default: break
                }
            }
        }
    }
}
