// The daemon's log where nothing can be written.

import Glibc
import Testing
import VIPDaemon

@testable import vipd

@Suite struct DaemonLogTests {
    @Test("lines that a full disk does not take are counted, and told of once there is room again")
    func fullDisk() async {
        // Standard error is the whole process's.
        await #expect(processExitsWith: .success) {
            let log = DaemonLog()
            let full = open("/dev/full", O_WRONLY)
            try #require(full >= 0)
            let before = dup(STDERR_FILENO)
            dup2(full, STDERR_FILENO)
            for _ in 0..<3 { log.write(LogEntry(.info, "nothing")) }
            #expect(log.dropped == 3)
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            dup2(ends[1], STDERR_FILENO)
            log.write(LogEntry(.info, "there is room"))
            var buffer = [UInt8](repeating: 0, count: 1024)
            let count = read(ends[0], &buffer, buffer.count)
            dup2(before, STDERR_FILENO)
            let lines = String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.first?.contains("3 lines were not written") == true)
            #expect(lines.last?.contains("there is room") == true)
            #expect(log.dropped == 3)
        }
    }
}
