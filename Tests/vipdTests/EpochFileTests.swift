// The epoch that outlives the daemon: it grows, whatever the clock does.

import Glibc
import Testing

@testable import vipd

@Suite struct EpochFileTests {
    /// Calls `body` with a state directory of its own.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/vipd-epoch-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer {
            unlink(path + "/epoch")
            rmdir(path)
        }
        try body(path)
    }

    @Test("the epoch is the clock's while that goes on, and grows by more than elections where it went back")
    func grows() throws {
        try withDirectory { directory in
            var warnings: [String] = []
            func next(_ clock: UInt64) -> UInt64 { EpochFile(in: directory).next(clock: clock) { warnings.append($0) } }
            let times: [UInt64] = [5_000_000_000, 9_000_000_000]
            #expect(times.map(next) == times)
            let back = (0..<3).map { _ in next(5_000_000_000) }
            #expect(back == (1...3).map { 9_000_000_000 + $0 * EpochFile.spacing })
            #expect(next(20_000_000_000) == 20_000_000_000)
            #expect(warnings.isEmpty)
        }
    }

    @Test("what lies in the way of a new epoch is neither waited for nor written to")
    func obstacles() throws {
        try withDirectory { directory in
            let (new, victim) = (directory + "/epoch.new", directory + "/victim")
            defer { unlink(victim) }
            let descriptor = open(victim, O_WRONLY | O_CREAT, 0o600)
            try #require(descriptor >= 0 && write(descriptor, "mine", 4) == 4 && close(descriptor) == 0)
            for number in 0..<3 as Range<UInt64> {
                let status =
                    switch number {
                    case 0: mkfifo(new, 0o600)
                    case 1: link(victim, new)
                    default: symlink(victim, new)
                    }
                try #require(status == 0)
                var warnings: [String] = []
                _ = EpochFile(in: directory).next(clock: 5_000_000_000 + number) { warnings.append($0) }
                #expect(warnings.isEmpty)
                var facts = stat()
                #expect(stat(victim, &facts) == 0 && facts.st_size == 4 && facts.st_nlink == 1)
            }
        }
    }

    @Test("a file that is damaged, and a directory that cannot be written, are a warning with the way out")
    func warns() throws {
        try withDirectory { directory in
            for text in ["", "once upon a time\n", "99999999999999999999999\n", "9223372036854775807\n"] {
                let descriptor = open(directory + "/epoch", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
                try #require(descriptor >= 0 && write(descriptor, text, text.utf8.count) >= 0 && close(descriptor) == 0)
                var warnings: [String] = []
                #expect(EpochFile(in: directory).next(clock: 7) { warnings.append($0) } == 7)
                #expect(warnings.count == 1 && warnings[0].hasPrefix("cannot understand \(directory)/epoch: "))
                #expect(warnings[0].contains("; remove it; should the clock go back"))
            }
        }
        var warnings: [String] = []
        #expect(EpochFile(in: "/proc/self/status").next(clock: 7) { warnings.append($0) } == 7)
        #expect(warnings.count == 1)
    }
}
