// What runs on the controllers beside the daemon and the lab's own service, where a lab wants more of them: a member of
// etcd, a stand-in for the API server. What each of them is, is told elsewhere.

/// A program that every controller runs: it starts with the machine's power and is gone with it.
protocol Workload: Sendable {
    /// One word; no two workloads of a lab share it.
    var name: String { get }

    /// Prepares what the program reads at its start, and tells how to start it in the foreground.
    func launch(on machine: Machine) throws -> Launch
}

extension Workload {
    /// Where the program's output goes.
    func log(on machine: Machine) -> String { "\(machine.file)-\(name).log" }
}
