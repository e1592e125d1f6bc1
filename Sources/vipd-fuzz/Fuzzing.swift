// The command line: libFuzzer where it is linked (tools/fuzz), else a replay of files. Deliberately not here: the targets,
// and how files are found (Replay.swift).
import Glibc

#if LIBFUZZER
    import CLibFuzzer
#endif

enum Fuzzing {
    /// The target named by the first argument. Of the whole process, since libFuzzer's callback can carry nothing along.
    private static let chosen = CommandLine.arguments.dropFirst().first.flatMap(Target.named)

    /// Does what `arguments` ask and returns the exit status: 0 all inputs were taken, 2 usage. A finding ends the process
    /// by a signal.
    static func run(_ arguments: [String]) -> Int32 {
        if arguments.dropFirst().first == "targets" {
            for target in Target.all { write("\(target.name) \(target.longestInput)", to: STDOUT_FILENO) }
            return 0
        }
        if (3...4).contains(arguments.count), arguments[1] == "mangle", let count = Int(arguments[2]), count > 0,
            let seed = arguments.count == 3 ? 1 : UInt64(arguments[3])
        {
            return MangledTraffic.run(count: count, seed: seed)
        }
        guard let chosen, arguments.count > 2 else {
            write(usage, to: STDERR_FILENO)
            return 2
        }
        return take(Array(arguments.dropFirst(2)), chosen)
    }

    #if LIBFUZZER
        /// Lets libFuzzer run the target; its options are `arguments`.
        private static func take(_ arguments: [String], _ target: Target) -> Int32 {
            // To merge, libFuzzer starts itself again: a shell is given the words, joined, so the first names the target too.
            let words = [CommandLine.arguments[0] + " " + target.name] + arguments
            // libFuzzer keeps them for as long as the process lives.
            var pointers = unsafe words.map { unsafe strdup($0) } + [nil]
            var count = Int32(words.count)
            return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
                var vector = buffer.baseAddress
                return unsafe LLVMFuzzerRunDriver(&count, &vector) { data, size in
                    Fuzzing.chosen?.run(unsafe Array(UnsafeBufferPointer(start: data, count: size)))
                    return 0
                }
            }
        }
        private static let way = "libFuzzer's OPTIONS and FOLDERS"
    #else
        private static func take(_ arguments: [String], _ target: Target) -> Int32 { Replay.run(arguments, target) }
        private static let way = "FILE|FOLDER..."
    #endif

    private static var usage: String {
        ([
            "usage: vipd-fuzz TARGET \(way)", "       vipd-fuzz targets",
            "       vipd-fuzz mangle COUNT [SEED]   so many recorded and mangled frames, for nodes with a key",
            "where TARGET is one of",
        ]
            + Target.all.map { "  \($0.name): \($0.summary)" }).joined(separator: "\n")
    }
}
