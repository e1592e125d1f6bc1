// What strangers put on the wire: it must not end the daemon, and must not make it contradict its kernel.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct HostileFrameTests {
    /// What a link makes of bytes.
    private func read(_ bytes: [UInt8]) -> Result<Frame, FrameRefusal> {
        do throws(FrameRefusal) {
            return .success(try Frame(parsing: bytes.span.bytes))
        } catch {
            return .failure(error)
        }
    }

    /// Random bytes, eight out of each number.
    private func octets(_ count: Int, _ random: inout RandomSource) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let number = random.next()
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        return Array(bytes.prefix(count))
    }

    @Test("20,000 random frames change nothing")
    func random() throws {
        var random = RandomSource(seed: 1)
        let node = try Node(serving: .one)
        try node.becomeHolder()
        let before = try node.group()
        for round in 0..<200 {
            for _ in 0..<100 {
                var bytes = octets(Int(random.next() % 220), &random)
                // Half of them get through the first checks, up to the trailer.
                if random.next().isMultiple(of: 2), bytes.count >= 46 {
                    bytes.replaceSubrange(12..<22, with: [8, 6, 0, 1, 8, 0, 6, 4, 0, UInt8(random.next() % 3)])
                    bytes.replaceSubrange(42..<46, with: "VIPD".utf8)
                    if bytes.count > 46 { bytes[46] = 1 }
                }
                node.arrive(read(bytes))
            }
            node.turn()
            if round.isMultiple(of: 20) { node.run(for: .milliseconds(100)) }
        }
        let after = try node.group()
        #expect(after.state == before.state)
        #expect(after.term == before.term)
        #expect(after.peers.isEmpty)
        #expect(after.conflicts.isEmpty)
        let refused = after.counters.framesDropped.reduce(0) { $0 + $1.value }
        #expect(refused + (after.counters.others.first { $0.name == "framesReceived" }?.value ?? 0) > 15_000)
    }

    @Test("20,000 damaged frames of a peer never make status and kernel disagree")
    func mutated() throws {
        var random = RandomSource(seed: 2)
        let node = try Node(serving: .one)
        node.run(for: .seconds(1))
        var peer = FakePeer()
        for _ in 0..<200 {
            for _ in 0..<100 {
                peer.term = random.next() % 8
                let frame = [peer.announcement(), peer.probe(), peer.resign()][Int(random.next() % 3)]
                var bytes = frame.serialized()
                for _ in 0...(random.next() % 3) {
                    bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                }
                if random.next().isMultiple(of: 4) { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
                node.arrive(read(bytes))
            }
            node.turn()
            node.run(for: .milliseconds(Int64(random.next() % 300)))
            let holds = try node.group().state == .holder
            #expect(holds == (node.machine.installed == [Node.vip]))
        }
        #expect(try node.group().peers.count <= 256)
        #expect(try node.group().conflicts.count <= 32)
        // Once it is over the node finds its way: nobody else is there.
        node.run(for: .seconds(60))
        #expect(try node.group().state == .holder)
    }
}
