import Testing
import VIPElection
import VIPWire

@testable import VIPSimulator

struct KernelTests {
    var kernel = SimulatedKernel(addresses: [vip, IPv4Address(192, 168, 1, 220)])
    var random = RandomSource(seed: 7)

    @Test("A lease ends between its seconds and one more, counted from the last renewal")
    mutating func leases() throws {
        for seed in UInt64(0)..<100 {
            random = RandomSource(seed: seed)
            #expect(kernel.install(0..<2, leaseSeconds: 3, at: at(0), random: &random).isEmpty)
            #expect(kernel.install(0..<2, leaseSeconds: 3, at: at(1000), random: &random).isEmpty)
            let end = try #require(kernel.nextExpiry)
            #expect(at(4000) <= end && end <= at(5000))
            kernel.expire(at: Instant(nanoseconds: end.nanoseconds - 1))
            #expect(kernel.held == 0b11)
            kernel.expire(at: end)
            #expect(kernel.held == 0)
        }
    }

    @Test("It answers probes and requests for addresses it has, and no announcements of them")
    mutating func answers() throws {
        let asker = mac(1)
        #expect(kernel.answer(to: .probe(for: vip, from: asker), mac: mac(0)) == nil)
        _ = kernel.install(0..<2, leaseSeconds: 3, at: at(0), random: &random)
        let answer = try #require(kernel.answer(to: .probe(for: vip, from: asker), mac: mac(0)))
        #expect(answer.operation == .reply)
        #expect(answer.senderProtocolAddress == vip && answer.senderHardwareAddress == mac(0))
        #expect(answer.targetHardwareAddress == asker)
        #expect(kernel.answer(to: .announcement(of: vip, from: asker), mac: mac(0)) == nil)
        #expect(kernel.answer(to: .probe(for: IPv4Address(192, 168, 1, 9), from: asker), mac: mac(0)) == nil)
    }

    @Test("It refuses the addresses it was told to, and installs the others")
    mutating func refusesInstalls() {
        kernel.installRefusal = (12, 0b10)
        let refused = kernel.install(0..<2, leaseSeconds: 3, at: at(0), random: &random)
        #expect(refused == [AddressRefusal(address: IPv4Address(192, 168, 1, 220), errno: 12)])
        #expect(kernel.held == 0b01)
    }

    @Test("A kernel that keeps addresses says which, and keeps them until their lease ends")
    mutating func refusesRemovals() throws {
        _ = kernel.install(0..<2, leaseSeconds: 3, at: at(0), random: &random)
        kernel.removalRefusal = 16
        #expect(kernel.remove().count == 2)
        #expect(kernel.held == 0b11)
        kernel.expire(at: try #require(kernel.nextExpiry))
        #expect(kernel.held == 0)
        #expect(kernel.remove().isEmpty)
    }
}
