// Removing what a run made, at its end or after its crash. It touches only what the run's own record names.
import Foundation

enum Cleanup {
    /// Kills what still runs, deletes the namespaces and the data, and then the record. Does what it can and never throws: it also
    /// runs while another error is on its way out.
    static func remove(_ record: Record, id: String) {
        for process in record.processes.flatMap(\.family).reversed() { process.signal(SIGKILL) }
        let end = Instant.now + .seconds(2)
        while record.processes.contains(where: \.isAlive), Instant.now < end {
            (Instant.now + .milliseconds(5)).sleepUntil()
        }
        for namespace in record.namespaces where unsafe access("/run/netns/\(namespace)", F_OK) == 0 {
            let child = try? ChildProcess(["ip", "netns", "delete", namespace], name: "ip")
            while let child, child.isRunning { (Instant.now + .milliseconds(1)).sleepUntil() }
        }
        for directory in record.directories { try? FileManager.default.removeItem(atPath: directory) }
        try? FileManager.default.removeItem(atPath: "\(RecordFile.root)/\(id)")
    }

    /// Removes what earlier runs left behind whose owner is gone: their ids.
    @discardableResult
    static func sweep() -> [String] {
        let ids = (try? FileManager.default.contentsOfDirectory(atPath: RecordFile.root)) ?? []
        return ids.sorted().filter { id in
            guard let leftovers = read(id).leftovers(of: id, isAlive: \.isAlive), !isBeingMade(id) else { return false }
            remove(leftovers, id: id)
            return true
        }
    }

    /// The ids of the runs whose owner lives.
    static func standing() -> [String] {
        let ids = (try? FileManager.default.contentsOfDirectory(atPath: RecordFile.root)) ?? []
        return ids.sorted().filter { read($0).owner?.isAlive == true }
    }

    static func read(_ id: String) -> Record {
        let path = "\(RecordFile.root)/\(id)/record"
        return Record(parsing: (try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
    }

    /// Whether another run has just made this directory and has yet to write its name into it.
    private static func isBeingMade(_ id: String) -> Bool {
        var facts = stat()
        guard unsafe stat("\(RecordFile.root)/\(id)", &facts) == 0 else { return false }
        return read(id).owner == nil && time(nil) - facts.st_ctim.tv_sec < 10
    }
}
