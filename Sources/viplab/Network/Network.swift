// The wiring of a run: a switch, the controllers, a client and a gateway, each in a namespace of its own. Nothing of it,
// no link and no address, is ever in the machine's own namespace.
import CVIPLab
import Foundation

/// The namespaces of a run and the switch between them.
final class Network {
    let machines: [Namespace]
    let client: Namespace
    let gateway: Namespace
    let `switch`: Switch
    private let prefixLength: Int

    /// Makes and wires everything. What was made before an error is in the record, and goes with it.
    init(run id: String, nodes: Int, prefixLength: Int, record: RecordFile) throws {
        self.prefixLength = prefixLength
        machines = (1...nodes).map { Namespace(run: id, "c\($0)") }
        client = Namespace(run: id, "client")
        gateway = Namespace(run: id, "gw")
        let fabric = Namespace(run: id, "sw")
        let all = machines + [client, gateway, fabric]
        for namespace in all { try record.add(namespace: namespace.name) }
        try Tool.need(["ip", "-batch", "-"], input: all.map { "netns add \($0.name)\n" }.joined())

        let hosts = zip(machines, (1...nodes).map(Plan.address)) + [(client, Plan.client), (gateway, Plan.gateway)]
        var wiring = Switch.bridges.flatMap { bridge in
            ["link add \(bridge) type bridge stp_state 0 forward_delay 0", "link set \(bridge) up"]
        }
        for (host, address) in hosts { wiring += Switch.cable(to: host, address) }
        try fabric.ip(wiring)
        `switch` = try Switch(fabric)
        for (host, address) in hosts { try configure(host, address) }
    }

    /// Makes one more host and plugs it in. Its namespace is in the record already.
    func add(_ host: Namespace, _ address: String) throws {
        try Tool.need(["ip", "netns", "add", host.name])
        try `switch`.plugIn(host, address)
        try configure(host, address)
    }

    /// Gives a host's link what it has at the lab's beginning; also after the link was made anew.
    func configure(_ host: Namespace, _ address: String) throws {
        try host.ip(["link set lo up", "address add \(address)/\(prefixLength) dev eth0", "link set eth0 up"])
        if host != gateway { try host.ip(["route add default via \(Plan.gateway)"]) }
    }
}

/// The switch: a bridge, and a second one that stands for the other half of a partitioned network.
final class Switch {
    static let bridges = ["br0", "br1"]
    let namespace: Namespace
    private let control: Int32

    init(_ namespace: Namespace) throws {
        self.namespace = namespace
        control = try namespace.open(VIPLAB_CONTROL)
    }

    deinit { close(control) }

    /// A port is called like the role of the machine behind it: "c1", "client".
    static func port(of host: Namespace) -> String { String(host.name.split(separator: "-")[1]) }

    /// The ip(8) lines that put a host at a port, by a cable of its own.
    static func cable(to host: Namespace, _ address: String) -> [String] {
        let port = port(of: host)
        return [
            "link add \(port) type veth peer name eth0 address \(Plan.mac(of: address)) netns \(host.name)",
            "link set \(port) master \(bridges[0]) up",
        ]
    }

    func plugIn(_ host: Namespace, _ address: String) throws { try namespace.ip(Self.cable(to: host, address)) }

    /// Keeps announcements and probes from a port, as EVPN switches do (bridge(8), `neigh_suppress`): what this kernel
    /// says against it, or nil where it does.
    func suppressNeighbours(at host: Namespace) throws -> String? {
        let port = Self.port(of: host)
        let asked = try Tool.run(namespace.inside(["bridge", "link", "set", "dev", port, "neigh_suppress", "on"]))
        guard asked.status == .exited(0) else { return asked.errors }
        let shown = try Tool.need(namespace.inside(["bridge", "-d", "link", "show", "dev", port]))
        return shown.contains("neigh_suppress on") ? nil : "the bridge does not take it over"
    }

    /// Switches a port on or off; the machine behind it sees its carrier come or go. Takes microseconds, so that a power
    /// cut is one moment.
    func set(_ host: Namespace, up: Bool) throws {
        let port = Self.port(of: host)
        try unsafe check(viplab_set_link(control, port, up), "cannot switch port \(port) \(up ? "on" : "off")")
    }

    /// Puts machines onto the first or the second half. Their carrier stays: no machine notices.
    func move(_ hosts: [Namespace], toHalf half: Int) throws {
        try namespace.ip(hosts.map { "link set \(Self.port(of: $0)) master \(Self.bridges[half])" })
    }
}
