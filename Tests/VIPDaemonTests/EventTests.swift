// The timeline of `vipd events`: numbered, bounded, with a record of every change of the holder.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct EventTests {
    @Test("ids grow by one from 1, and `since` gives what came after")
    func ids() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        let all = node.events()
        #expect(all.map(\.id) == (1...UInt64(all.count)).map { $0 })
        #expect(node.events(since: 3).map(\.id) == Array(all.map(\.id).dropFirst(3)))
        let last = try #require(all.last).id
        #expect(node.events(since: last).isEmpty)
        #expect(node.events(since: .max).isEmpty)
    }

    @Test("followers are told every event as it is kept")
    func published() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.stop()
        #expect(node.machine.published == node.events())
    }

    @Test("the last 1000 events are kept, in order")
    func bounded() throws {
        let node = try Node(serving: .one)
        for step in 0..<3000 { _ = node.on { $0.handle(.maintenance(on: step.isMultiple(of: 2))) } }
        let kept = node.events()
        #expect(kept.count == 1000)
        #expect(kept.last?.id == node.machine.published.last?.id)
        #expect(zip(kept, kept.dropFirst()).allSatisfy { $1.id == $0.id + 1 })
    }

    @Test("every change of the holder has a record with from, to, a reason, the term, and the milliseconds")
    func transitions() throws {
        let node = try Node(serving: .one)
        var peer = FakePeer()
        peer.term = 3
        node.receive(peer.announcement())
        for _ in 0..<3 {
            node.run(for: .milliseconds(100))
            node.receive(peer.announcement())
        }
        node.run(for: .seconds(1))
        _ = node.on { $0.handle(.maintenance(on: true)) }
        let records = node.events().filter { $0.kind == "transition" }
        #expect(records.map(\.from) == [nil, "k8s-controller2", "k8s-controller1"])
        #expect(records.map(\.to) == ["k8s-controller2", "k8s-controller1", nil])
        #expect(records.map(\.reason) == ["start", "silence", "maintenance"])
        #expect(records.map(\.term) == [3, 4, 4])
        #expect(records.map(\.silenceMs).dropFirst().first == 200)
        #expect(records.map(\.claimMs).dropFirst().first == 60)
        #expect(records[1].message.contains("260 ms from last sign of life to announcement"))
        #expect(records.allSatisfy { $0.group == "default" && $0.at <= node.machine.wallClock })
    }

    @Test("a record of a change is a line of the log, with the journal's fields")
    func log() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        let record = try #require(node.events().first { $0.kind == "transition" })
        let entry = try #require(node.machine.log.first { $0.message.contains(record.message) })
        let fields = Dictionary(uniqueKeysWithValues: entry.fields.map { ($0.name, $0.value) })
        #expect(fields["EVENT"] == "transition")
        #expect(fields["GROUP"] == "default")
        #expect(fields["REASON"] == "start")
        #expect(fields["TERM"] == "1")
        #expect(entry.level == .notice)
    }

    @Test("whatever happens, log lines are one line each")
    func oneLine() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        node.reload { throw FakeError(description: "vipd.yaml:1:1: one thing\nvipd.yaml:2:1: another") }
        #expect(node.messages.contains { $0.contains("another") })
        #expect(node.messages.allSatisfy { !$0.contains("\n") })
        #expect(node.events().allSatisfy { !$0.message.contains("\n") })
    }
}
