// What a daemon has taken of its machine, and whether it gives it back: descriptors, memory, threads, processes.
import Foundation

/// What a process holds at a moment.
struct Footprints: Equatable {
    let descriptors: Int
    let threads: Int
    let residentKB: Int

    /// Reads /proc/PID; nil where the process has gone.
    init?(of process: ProcessIdentity) {
        guard process.isAlive,
            let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/fd"),
            let status = try? String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8)
        else { return nil }
        func field(_ name: String) -> Int? {
            status.split(separator: "\n").first { $0.hasPrefix("\(name):") }?
                .split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
        }
        guard let threads = field("Threads"), let resident = field("VmRSS") else { return nil }
        (descriptors, self.threads, residentKB) = (open.count, threads, resident)
    }
}

/// Compares each daemon with itself, from the first quiet moment of its life on.
struct FootprintLedger {
    /// The first of each life, by process.
    private var first: [ProcessIdentity: Footprints] = [:]
    private(set) var mostDescriptors = 0
    private(set) var mostResidentKB = 0

    /// Between quiet moments a client of the control socket may come or go, and a buffer that was needed once stays.
    private static let spareDescriptors = 3
    private static let spareResidentKB = 4096

    /// Looks at the daemons of a settled lab: what has grown, in words.
    mutating func look(at nodes: [Node]) -> [String] {
        nodes.compactMap { node in
            guard let process = node.daemon?.identity, let now = Footprints(of: process) else { return nil }
            mostDescriptors = max(mostDescriptors, now.descriptors)
            mostResidentKB = max(mostResidentKB, now.residentKB)
            guard let before = first[process] else {
                first[process] = now
                return nil
            }
            let hasGrown =
                now.descriptors > before.descriptors + Self.spareDescriptors || now.threads > before.threads
                || now.residentKB > before.residentKB + Self.spareResidentKB
            return hasGrown ? "\(node.name)'s vipd has grown from \(before) to \(now)" : nil
        }
    }

    /// Processes in a machine's namespace that nobody answers for: not the lab's, and no child of what the lab has started.
    static func strays(on node: Node) throws -> [String] {
        let known = Set(node.processes.filter(\.isRunning).flatMap(\.identity.family).map(\.pid))
        let present = try Tool.need(["ip", "netns", "pids", node.machine.namespace.name])
        return present.split(separator: "\n").compactMap { Int32($0) }.filter { !known.contains($0) }.compactMap {
            pid in
            guard ProcessIdentity.current(pid) != nil else { return nil }
            let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)
            return "\(name?.split(separator: "\n").first ?? "?") (\(pid))"
        }
    }
}
