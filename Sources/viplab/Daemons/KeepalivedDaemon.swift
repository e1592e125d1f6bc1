// keepalived (VRRP version 3), for comparison on the same wires with the same faults.
import Foundation

/// Debian's keepalived, with the least configuration that floats the addresses: a VRRP instance a group. `nopreempt` as
/// vipd's default is: a machine that comes back does not take the VIP.
struct KeepalivedDaemon: Daemon {
    let binary: String
    let interval: Duration
    var load = Load.single
    let name = "keepalived"
    let canMove = false

    /// Virtual router ids are 1 to 255 (RFC 5798, section 5.2.3), each once on a link.
    private static let mostInstances = 255
    /// What it puts into an advertisement; further ones it is to be told of as excluded from it.
    private static let mostAdvertised = 20

    /// keepalived's default for the first machine, and so much less for each further one that the second has announced
    /// itself before the third gives up on the first, which it does a 256th of an interval later for each.
    private static let firstPriority = 100
    private static let priorityStep = 5

    /// The machines agree once the next advertisement has been heard; then some time for its own start.
    var settlingTime: Duration { interval + .milliseconds(500) }

    var inability: String? {
        load.groups > Self.mostInstances
            ? "keepalived: VRRP tells instances on a link apart by an id of one octet, \(Self.mostInstances) at most"
            : nil
    }

    func launch(on machine: Machine) throws -> Launch {
        let path = "\(machine.file)-keepalived.conf"
        try configuration(of: machine).write(toFile: path, atomically: true, encoding: .utf8)
        // A killed keepalived leaves its pid files, and the next would take their pids for a running one.
        let pidFiles = ["\(machine.file)-keepalived.pid", "\(machine.file)-vrrp.pid"]
        for file in pidFiles { try? FileManager.default.removeItem(atPath: file) }
        // No detailed log: with it, a line for each announcement makes a takeover of thousands slow.
        return Launch(arguments: [binary, "-f", path, "-n", "-l", "-p", pidFiles[0], "-r", pidFiles[1]])
    }

    func isSettled(_ machines: [Machine], holder: Machine) throws -> Bool { true }

    private func configuration(of machine: Machine) -> String {
        let head = """
            global_defs {
                router_id \(machine.name)
                vrrp_version 3
            }

            """
        // One group has the id of the first measurements, so that captures compare; many count from 1.
        let first = load.groups == 1 ? 51 : 1
        return load.byGroup.enumerated().reduce(head) { text, group in
            text + instance(group.offset + first, of: group.element, on: machine)
        }
    }

    private func instance(_ id: Int, of addresses: [String], on machine: Machine) -> String {
        func block(_ name: String, _ addresses: some Collection<String>) -> String {
            addresses.isEmpty ? "" : "    \(name) {\n" + addresses.map { "        \($0)/32\n" }.joined() + "    }\n"
        }
        let keys = """
            vrrp_instance vip\(id) {
                state BACKUP
                nopreempt
                interface \(Plan.interface)
                virtual_router_id \(id)
                priority \(Self.firstPriority - (machine.number - 1) * Self.priorityStep)
                advert_int \(rounded(interval.inSeconds, to: 2))

            """
        return keys + block("virtual_ipaddress", addresses.prefix(Self.mostAdvertised))
            + block("virtual_ipaddress_excluded", addresses.dropFirst(Self.mostAdvertised)) + "}\n"
    }
}
