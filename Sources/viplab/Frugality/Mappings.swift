// What a process has in memory, by what it is: /proc/PID/smaps (proc(5)).
import Foundation

/// Kinds of memory, in the order in which they are shown.
enum MemoryKind: String, CaseIterable {
    /// The program's own instructions and constants, clean: the file has them, and the kernel may let go of them.
    case program
    /// What the program's file begins with and the process changes: relocated pointers, variables.
    case data
    /// The C library's heap, and memory that was mapped for it or for the Swift runtime.
    case heap
    case stack
    /// Shared with the kernel: frames wait there.
    case rings
    case libraries
    case other

    var title: String {
        switch self {
        case .program: "program (text, constants)"
        case .data: "data (relocated, written)"
        case .heap: "heap"
        case .stack: "stack"
        case .rings: "packet rings"
        case .libraries: "libraries"
        case .other: "other"
        }
    }
}

/// Proportional set sizes in KiB, by kind.
struct Mappings: Equatable {
    private(set) var pssKB: [MemoryKind: Int] = [:]

    var total: Int { pssKB.values.reduce(0, +) }

    /// Of processes together; those that are gone count for nothing.
    init(of processes: [ProcessIdentity]) {
        for process in processes {
            let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process.pid)/exe")
            add(smaps: Self.text(of: "/proc/\(process.pid)/smaps"), program: program ?? "")
        }
    }

    /// All of a file of /proc, which has no size and comes a page at a time; as much of it as can be read.
    private static func text(of path: String) -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { return "" }
        var bytes = Data()
        while let part = try? file.read(upToCount: 1 << 16), !part.isEmpty { bytes += part }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Of one process, from the text of its smaps.
    init(smaps: String, program: String) { add(smaps: smaps, program: program) }

    private mutating func add(smaps: String, program: String) {
        var kind = MemoryKind.other
        for line in smaps.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            if words[0].hasSuffix(":") {
                guard words[0] == "Pss:", words.count > 1, let size = Int(words[1]) else { continue }
                pssKB[kind, default: 0] += size
            } else if words.count >= 5 {
                // address perms offset device inode name
                let name = words.count > 5 ? words[5...].joined(separator: " ") : ""
                kind = Self.kind(of: name, permissions: words[1], offset: words[2], program: program)
            }
        }
    }

    private static func kind(
        of name: String, permissions: Substring, offset: Substring, program: String
    ) -> MemoryKind {
        switch name {
        // The linker has the relocated pointers, read-only by now, behind the text: at another offset than the start.
        case program: permissions.contains("x") || offset.allSatisfy { $0 == "0" } ? .program : .data
        case "", "[heap]": .heap
        case "[stack]": .stack
        case _ where name.hasPrefix("socket:"): .rings
        case _ where name.hasPrefix("/"): .libraries
        default: .other
        }
    }
}
