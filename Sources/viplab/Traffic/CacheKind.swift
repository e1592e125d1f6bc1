// Clients whose hosts take announcements differently: how such a host is made, and a client started on it. What has to
// come of it is the tests' and the bench's.
import Foundation

/// A client by what it makes of announcements.
enum CacheKind: String, CaseIterable, Sendable {
    case plain = "default"
    case deaf = "no-gratuitous"
    case sticky = "static-cache"
    case suppressed = "neigh-suppress"

    /// Less often than the first client, so that all together leave the machine some rest.
    static let every = Duration.milliseconds(5)

    /// Starts such a client on a host of its own and waits until it is served.
    /// - Throws: `Skipped` where this kernel does not have what it takes
    func start(in lab: Lab, on host: Namespace) throws -> ClientLog {
        switch self {
        case .plain: break
        case .deaf: try set(["net.ipv4.conf.eth0.drop_gratuitous_arp=1"], on: host)
        case .sticky:
            // The lock is in hundredths of a second (arp(7), USER_HZ).
            try set(
                ["net.ipv4.neigh.eth0.base_reachable_time_ms=3600000", "net.ipv4.neigh.eth0.locktime=100"], on: host)
        case .suppressed:
            if let why = try lab.network.switch.suppressNeighbours(at: host) {
                throw Skipped(reason: "this kernel's bridge has no neigh_suppress: \(why)")
            }
        }
        let log = try lab.startClient(in: host, every: Self.every)
        let isServed = try Interrupt.wait(upTo: .seconds(5)) {
            log.attempts(since: .now - .milliseconds(100)).last?.outcome.isSuccess == true
        }
        guard isServed else { throw LabError("this client gets no answer: \(try lab.situation())") }
        return log
    }

    private func set(_ values: [String], on host: Namespace) throws {
        let asked = try Tool.run(host.inside(["sysctl", "--quiet", "--write"] + values))
        guard asked.status == .exited(0) else {
            throw Skipped(reason: "this kernel refuses \(values[0]): \(asked.said)")
        }
    }
}
