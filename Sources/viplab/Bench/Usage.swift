// What processes use, as the kernel counts it.
import Foundation

enum Usage {
    /// Time on a CPU so far: of all threads the first number of /proc/PID/task/TID/schedstat, in nanoseconds, as the ticks
    /// of /proc/PID/stat are too coarse for a daemon that wakes for microseconds; and of the scripts that it ran, which
    /// have nothing but ticks.
    static func cpu(of processes: [ProcessIdentity]) -> Duration {
        var total: Int64 = 0
        for process in processes {
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/task")) ?? []
            for thread in threads {
                let path = "/proc/\(process.pid)/task/\(thread)/schedstat"
                let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
                total += text.split(separator: " ").first.flatMap { Int64($0) } ?? 0
            }
            total += Int64(ProcessStat.read(process.pid)?.childTicks ?? 0) * nanosecondsPerTick
        }
        return .nanoseconds(total)
    }

    private static let nanosecondsPerTick = 1_000_000_000 / Int64(max(sysconf(Int32(_SC_CLK_TCK)), 1))

    /// Proportional set size in bytes: "Pss:" of /proc/PID/smaps_rollup (proc(5)), which is in KiB.
    static func pss(of processes: [ProcessIdentity]) -> Double {
        processes.map { process in
            let text = (try? String(contentsOfFile: "/proc/\(process.pid)/smaps_rollup", encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") }
            return (line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0) * 1024
        }.reduce(0, +)
    }
}

/// What has come from machines to the switch so far.
struct PortCounters: Equatable {
    let frames: Int
    let bytes: Int

    /// Reads the counters of these machines' ports (ip-link(8), `-statistics -json`).
    init(of machines: [Namespace], at fabric: Switch) throws {
        let text = try Tool.need(["ip", "-n", fabric.namespace.name, "-statistics", "-json", "link", "show"])
        guard let links = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]] else {
            throw LabError("ip -json link show printed something else than a list of links")
        }
        let ports = Set(machines.map(Switch.port))
        var (frames, bytes) = (0, 0)
        for link in links where ports.contains(link["ifname"] as? String ?? "") {
            let counters = (link["stats64"] as? [String: Any])?["rx"] as? [String: Any]
            frames += counters?["packets"] as? Int ?? 0
            bytes += counters?["bytes"] as? Int ?? 0
        }
        (self.frames, self.bytes) = (frames, bytes)
    }
}
