// What the lab needs to know of a daemon that moves the VIP, so that the same faults can be tried on different ones.
import Foundation

/// A controller as its daemon sees it.
struct Machine: Sendable {
    /// Counted from 1.
    let number: Int
    let namespace: Namespace
    /// The run's directory: configuration, sockets, logs.
    let directory: String

    var name: String { Plan.name(ofNode: number) }
    var address: String { Plan.address(ofNode: number) }
    /// The beginning of every file that belongs to this machine.
    var file: String { "\(directory)/controller\(number)" }
    var log: String { "\(file).log" }
}

/// How a daemon is started on a machine.
struct Launch {
    var arguments: [String]
    var environment: [String: String] = [:]
}

/// A daemon that keeps the VIP on one of the machines.
protocol Daemon: Sendable {
    /// As the reports call it: "vipd".
    var name: String { get }
    /// Time between two signs of life of the holder.
    var interval: Duration { get }

    /// The addresses that it keeps on one machine.
    var load: Load { get set }
    /// Why it cannot do what it is told, at this interval and under this load; nil: it can.
    var inability: String? { get }

    /// Whether it has a command that moves the VIP.
    var canMove: Bool { get }

    /// Prepares what the daemon reads at its start, and tells how to start it in the foreground.
    func launch(on machine: Machine) throws -> Launch

    /// Whether these machines, the ones whose daemon runs, are all in agreement and ready for the next fault.
    func isSettled(_ machines: [Machine], holder: Machine) throws -> Bool

    /// How long after a start or a change it is ready for the next fault, where it cannot be asked.
    var settlingTime: Duration { get }
}

/// Reads "100ms", "2s", "1.5s": nil for anything else, and for what is not above zero.
func parseDuration(_ text: String) -> Duration? {
    for (unit, nanoseconds) in [("ms", 1e6), ("s", 1e9)] where text.hasSuffix(unit) {
        guard let value = Double(text.dropLast(unit.count)), value > 0, value < 1e6 else { return nil }
        return .nanoseconds(Int64((value * nanoseconds).rounded()))
    }
    return nil
}
