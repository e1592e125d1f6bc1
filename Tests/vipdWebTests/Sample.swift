// One status and the events that go with it, which the tests of this target share.
import VIPControl

enum Sample {
    /// 2026-11-19T03:11:04.123Z.
    static let time = Timestamp(milliseconds: 1_795_057_864_123)

    static var report: StatusReport {
        var tallies = TransitionTallies()
        tallies.countTransition(.silence, silence: .milliseconds(251), claim: .milliseconds(33))
        tallies.countTransition(.handover, silence: .milliseconds(5), claim: .milliseconds(3))
        tallies.countConflict()
        let peer = PeerStatus(
            name: "k8s-controller2", address: "192.168.1.212", mac: "02:00:00:00:00:02", state: .holder, priority: 100,
            eligible: true, health: "ok", heardMs: 34)
        let conflict = ConflictStatus(
            address: "192.168.1.210", mac: "02:00:00:00:00:99", since: time, lastSeen: time, count: 3,
            description: "a foreign host answers for the address")
        let group = GroupStatus(
            name: "default", addresses: ["192.168.1.210"], interface: "eth0", state: .candidate, reason: nil, term: 17,
            holder: HolderStatus(
                name: "k8s-controller2", address: "192.168.1.212", mac: "02:00:00:00:00:02", since: time),
            peers: [peer], lastTransition: nil, conflicts: [conflict],
            counters: GroupCounters(
                announcementsSent: 12, others: [.init("probesSent", 5), .init("framesReceived", 9)],
                framesDropped: [.init("badTag", 0), .init("truncated", 2)]),
            own: OwnStatus(
                address: "192.168.1.211", mac: "02:00:00:00:00:01", priority: 100, eligible: true, health: "ok"),
            checks: [CheckStatus(name: "apiserver", state: "failing", message: "connection refused", since: time)],
            next: "k8s-controller1", leaseLeftMs: 2900, tallies: tallies)
        return StatusReport(
            node: NodeIdentity(name: "k8s-controller1", id: "9f00000000000001", startedAt: time), groups: [group],
            counters: [.init("clientsRefused", 7)])
    }

    static func event(_ id: UInt64, _ message: String = "something happened") -> EventRecord {
        EventRecord(id: id, at: time, group: "default", kind: "state", message: message)
    }
}
