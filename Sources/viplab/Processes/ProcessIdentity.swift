// Which process a pid meant: a pid alone may name another process by the time one acts on it.
import Foundation

/// A pid and when the kernel says it started, in clock ticks since boot (field 22 of /proc/PID/stat, proc(5)). Both
/// survive execve(2), and no later process has the same pair.
struct ProcessIdentity: Hashable, Sendable {
    let pid: Int32
    let startTicks: UInt64

    /// The process that has `pid` now; nil where there is none, or only its zombie.
    static func current(_ pid: Int32) -> ProcessIdentity? {
        guard let stat = ProcessStat.read(pid), stat.state != "Z" else { return nil }
        return ProcessIdentity(pid: pid, startTicks: stat.startTicks)
    }

    var isAlive: Bool { ProcessIdentity.current(pid) == self }

    /// This process and everything it started that has not been given to another parent, parents first.
    var family: [ProcessIdentity] {
        var found = [self]
        var next = 0
        while next < found.count {
            let pid = found[next].pid
            let path = "/proc/\(pid)/task/\(pid)/children"
            let children = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            found += children.split(separator: " ").compactMap { Int32($0) }.compactMap(ProcessIdentity.current)
            next += 1
        }
        return found
    }

    /// Sends a signal, unless the pid has come to mean another process.
    func signal(_ number: Int32) {
        if isAlive { kill(pid, number) }
    }
}

/// The fields of /proc/PID/stat that the lab reads.
struct ProcessStat: Equatable {
    let state: Character
    let startTicks: UInt64
    /// Of children that have ended and were waited for: time on a CPU, their own and the kernel's for them, in clock ticks.
    let childTicks: UInt64
    let isShell: Bool

    static func read(_ pid: Int32) -> ProcessStat? {
        (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)).flatMap(parse)
    }

    /// The second field is the program's name in parentheses and may hold anything, parentheses and spaces included: the
    /// fields after it are counted from the last ")".
    static func parse(_ text: String) -> ProcessStat? {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
        guard fields.count > 19, let state = fields[0].first, let start = UInt64(fields[19]),
            let user = UInt64(fields[13]), let system = UInt64(fields[14])
        else { return nil }
        return ProcessStat(
            state: state, startTicks: start, childTicks: user + system, isShell: text[..<end].hasSuffix("(sh"))
    }
}
