// The machine and the programs that a run of the bench was made with.
import Foundation

enum BenchMachine {
    /// What a reader has to know to compare: name and value.
    /// - Parameter programs: name, and the command that tells its version
    static func facts(_ programs: [(name: String, command: [String])]) -> [(name: String, value: String)] {
        let load = (read("/proc/loadavg") ?? "").split(separator: " ").first.map(String.init) ?? "?"
        let cores = ProcessInfo.processInfo.processorCount
        let memory = Double(ProcessInfo.processInfo.physicalMemory) / 1e9
        let model = field("model name", of: "/proc/cpuinfo", separator: ":") ?? "unknown processor"
        let system = field("PRETTY_NAME", of: "/etc/os-release", separator: "=") ?? "unknown system"
        let kernel = (read("/proc/sys/kernel/osrelease") ?? "?").trimmingCharacters(in: .whitespacesAndNewlines)
        let versions = programs.map { program in
            let result = try? Tool.run(program.command)
            let said = result.map { $0.output + "\n" + $0.errors } ?? ""
            let line = said.split(separator: "\n").first.map(String.init)
            return (name: program.name, value: line?.trimmingCharacters(in: .whitespaces) ?? "unknown version")
        }
        return [
            ("machine", "\(cores) cores (\(model)), \(rounded(memory, to: 0)) GB"),
            ("system", "\(system), Linux \(kernel)"),
            ("load at the start", load),
        ] + versions
    }

    private static func read(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

    private static func field(_ name: String, of path: String, separator: Character) -> String? {
        let line = read(path)?.split(separator: "\n").first { $0.hasPrefix(name) }
        let value = line?.split(separator: separator, maxSplits: 1).dropFirst().first
        return value.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \"\t")) }
    }
}
