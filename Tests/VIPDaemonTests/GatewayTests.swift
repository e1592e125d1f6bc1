// The gateways that confirm a takeover: looked up beforehand, because a takeover has no time, and seldom.

import Testing
import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPElection
import VIPWire

struct GatewayTests {
    private static let gateway = IPv4Address(192, 168, 1, 1)

    @Test("a claim asks the gateway, whose answer stands in the status as the confirmation")
    func confirmed() throws {
        let node = Node()
        node.machine.gateways = [Self.gateway]
        try node.start([.one])
        try node.becomeHolder()
        let asked = node.sent.map(\.packet).contains {
            $0.operation == .request && $0.senderProtocolAddress == Node.vip && $0.targetProtocolAddress == Self.gateway
        }
        #expect(asked)
        let mac = MACAddress(bits: 0x5254_0000_0001)
        node.receive(
            Frame(
                destination: Node.mac, source: mac,
                packet: ARPPacket(
                    operation: .reply, senderHardwareAddress: mac, senderProtocolAddress: Self.gateway,
                    targetHardwareAddress: Node.mac, targetProtocolAddress: Node.vip)))
        let last = try #require(node.group().lastTransition)
        #expect(last.confirmedBy == "192.168.1.1")
        #expect(last.confirmedMs != nil)
    }

    @Test("many groups that begin on one link look its gateways up once, and then twice a minute")
    func seldom() throws {
        let node = Node()
        try node.start((0..<200).map { GroupConfiguration("g\($0)", UInt8($0 + 1)) })
        #expect(node.machine.gatewayLooks == 1)
        for _ in 0..<100 {
            node.machine.now = node.machine.now + .milliseconds(10)
            node.on { $0.endTurn() }
        }
        #expect(node.machine.gatewayLooks == 1)
        node.machine.now = node.machine.now + .seconds(30)
        node.on { $0.endTurn() }
        #expect(node.machine.gatewayLooks == 2)
    }
}
