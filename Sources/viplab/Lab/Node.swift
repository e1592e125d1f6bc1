// One controller: its daemon, its service, and how it is wired at the moment.
import Foundation

/// A controller of the lab. The Lab changes it; others look.
final class Node {
    let machine: Machine
    /// nil: not running, by the lab's own doing.
    var daemon: ChildProcess?
    var service: ChildProcess?
    /// What else runs on it, by the name of the workload.
    var workloads: [String: ChildProcess] = [:]
    /// nil: off the switch.
    var half: Int? = 0
    var isPowered = false
    var isHung = false

    init(_ machine: Machine) { self.machine = machine }

    var name: String { machine.name }
    /// Its place in timelines and lists: from 0.
    var index: Int { machine.number - 1 }
    /// All that the lab started on it.
    var processes: [ChildProcess] { [daemon, service].compactMap { $0 } + workloads.values }
    /// Whether it takes part: powered, wired to the same half as the client, and its daemon runs and is not hung.
    var isTakingPart: Bool { half == 0 && !isHung && daemon?.isRunning == true }
}
