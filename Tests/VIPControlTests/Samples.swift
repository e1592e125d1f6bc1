// One full status report, one event, and small builders that the tests of this target share.
import VIPControl

enum Sample {
    /// 2026-11-19T03:11:04.123Z.
    static let time = Timestamp(milliseconds: 1_795_057_864_123)

    static let report = StatusReport(
        node: NodeIdentity(
            name: "k8s-controller1", id: "9f00000000000001", version: "0.1.0", authentication: .authenticated,
            keyID: "21203334", startedAt: time,
            realtime: RealtimeStatus(isWanted: true, isScheduled: true)),
        groups: [
            GroupStatus(
                name: "default", addresses: ["192.168.1.210"], interface: "eth0", state: .candidate,
                reason: "k8s-controller2 holds the address", term: 17,
                holder: HolderStatus(
                    name: "k8s-controller2", address: "192.168.1.212", mac: "02:00:00:00:00:02", since: time),
                peers: [
                    PeerStatus(
                        name: "k8s-controller2", address: "192.168.1.212", mac: "02:00:00:00:00:02", state: .holder,
                        priority: 100, eligible: true, health: "ok", heardMs: 34)
                ],
                lastTransition: TransitionStatus(
                    at: time, from: "k8s-controller1", to: "k8s-controller2", reason: "silence", silenceMs: 251,
                    claimMs: 33, confirmedMs: 1, confirmedBy: "192.168.1.1"),
                conflicts: [
                    ConflictStatus(
                        address: "192.168.1.210", mac: "02:00:00:00:00:99", since: time, lastSeen: time, count: 3,
                        description: "a foreign host answers for the address")
                ],
                counters: GroupCounters(
                    announcementsSent: 12, others: [.init("probesSent", 5)],
                    framesDropped: [.init("badTag", 0), .init("truncated", 2)]),
                own: OwnStatus(
                    address: "192.168.1.211", mac: "02:00:00:00:00:01", priority: 100, eligible: true, health: "ok"),
                checks: [CheckStatus(name: "apiserver", state: "passing", message: "HTTP 200", since: time)],
                next: "k8s-controller1", leaseLeftMs: 2900, tallies: tallies)
        ], counters: [.init("clientsRefused", 7)])

    /// One takeover after silence that was confirmed, one handover, one conflict.
    static var tallies: TransitionTallies {
        var tallies = TransitionTallies()
        tallies.countTransition(.silence, silence: .milliseconds(251), claim: .milliseconds(33))
        tallies.countConfirmation(of: .silence, after: .microseconds(900))
        tallies.countTransition(.handover, silence: .milliseconds(5), claim: .seconds(11))
        tallies.countConflict()
        return tallies
    }

    static func event(_ id: UInt64, message: String = "k8s-controller2 took over") -> EventRecord {
        EventRecord(
            id: id, at: time, group: "default", node: "k8s-controller2", kind: "transition", from: "k8s-controller1",
            to: "k8s-controller2", state: .candidate, reason: "silence", term: 17, silenceMs: 251, claimMs: 33,
            message: message)
    }
}
