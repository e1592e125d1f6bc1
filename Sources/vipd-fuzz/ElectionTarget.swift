// An input as the life of one node: frames off the wire, the operator, the link, the kernel, and the time that passes.
// Deliberately not here: what must hold meanwhile (ElectionWorld.swift), and the peers' frames (PeerFrames.swift).
import VIPElection
import VIPWire

extension Target {
    static let election = Target(
        name: "election", summary: "frames, events and time for one node's election", longestInput: 4096
    ) { input in
        var source = ByteSource(input)
        let settings = Self.settings(&source)
        var obstacles: Set<Obstacle> = []
        if source.byte() < 32 { obstacles.insert(.unhealthy) }
        var world = ElectionWorld(settings: settings, seed: UInt64(source.byte()))
        world.start(hasLeftover: source.byte() < 32, obstacles: obstacles)
        while !source.isEmpty && !world.isFinished { step(&world, &source) }
        world.rest()
    }

    private static func settings(_ source: inout ByteSource) -> GroupSettings {
        let bits = source.byte()
        let interval = Duration.milliseconds([100, 10, 1000, 10_000][source.number(below: 4)])
        return GroupSettings(
            name: "api", addresses: ElectionWorld.addresses, priority: UInt8(1 + source.number(below: 254)),
            interval: interval, leaseSeconds: 2 + source.number(below: 29), broadcast: bits & 1 != 0,
            preempt: bits & 2 != 0, preemptDelay: .milliseconds(source.byte()),
            members: bits & 4 != 0 ? 2 + Int(bits >> 6) : nil, strict: bits & 8 != 0,
            holdsWhenAllUnhealthy: bits & 16 != 0, holdDown: .milliseconds(source.byte()),
            confirm: [IPv4Address(192, 168, 1, 9)], pace: bits & 32 != 0 ? 1 + source.number(below: 256) : nil,
            authentication: source.byte() < 64 ? .authenticated : .unauthenticated)
    }

    private static func step(_ world: inout ElectionWorld, _ source: inout ByteSource) {
        switch source.byte() {
        case 0..<8: world.receive(octets: source.bytes(source.number(below: 192)))
        case 8..<96: world.receive(PeerFrames.frame(&source, for: world))
        case 96..<128: world.receive(PeerFrames.bareFrame(&source))
        case 128..<176: world.passDeadline(late: .zero)
        case 176..<192: world.pass(.milliseconds(source.byte()))
        case 192..<196: world.passDeadline(late: .milliseconds(20 * source.number(below: 256)))
        // A machine that stood still: frames come first, as whoever reads them all before it looks at the clock.
        case 196..<200: world.standStill(.milliseconds(50 * source.number(below: 256)))
        case 200..<204: world.kernel.refused = source.number(below: 4)
        // The shim gives up on an answer after a second, which is less than any lease.
        case 204..<208: world.kernel.answersAfter = .milliseconds(3 * source.number(below: 256))
        case 208..<212: world.canSend = source.bool()
        case 212..<218: world.loseAddresses(source.number(below: 4))
        case 218..<222: world.handle(source.bool() ? .carrierReturned : .carrierLost)
        case 222..<226: world.handle(.maintenanceSet(source.bool()))
        case 226..<232: world.handle(.healthSet(source.bool()))
        case 232..<238: world.handle(.handoverRequested(to: source.bool() ? PeerFrames.node(&source) : nil))
        case 238..<241: world.handle(.gatewaysChanged(source.bool() ? [IPv4Address(192, 168, 1, 1)] : []))
        case 241..<246: world.handle(.settingsChanged(settings(&source)))
        case 246..<249: world.changeIdentity(source.byte())
        case 249..<251: world.handle(.stopRequested)
        case 251: world.handle(.stopDemanded)
        default: world.pass(.seconds(Int64(source.byte())))
        }
    }
}
