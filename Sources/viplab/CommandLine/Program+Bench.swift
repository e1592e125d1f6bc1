// The bench's command line: which daemons, which suites, and where the results go.
import Foundation

extension Program {
    static func bench(_ invocation: Invocation) throws -> Int32 {
        let options = try benchOptions(invocation)
        let daemons = try contenders(invocation)
        let plan = BenchPlan(options, daemons: daemons.map(\.make))
        guard plan.contests.contains(where: { !$0.contenders.isEmpty }) else {
            throw UsageError("nothing is left to measure: no such measure, size or daemon is in these suites")
        }
        let command = (["viplab"] + CommandLine.arguments.dropFirst()).joined(separator: " ")
        let header = BenchHeader(
            command: command, started: Date(),
            facts: BenchMachine.facts(daemons.map { (name: $0.name, command: $0.version) }))
        var bench = Bench(plan, header: header, output: try invocation.last(.output).map(BenchOutput.init))
        try bench.run()
        return 0
    }

    private static func benchOptions(_ invocation: Invocation) throws -> BenchOptions {
        var options = BenchOptions()
        let suites = try invocation.all(.suite).map { try known($0, "suite", Suite.allCases) }
        if !suites.isEmpty { options.suites = Suite.allCases.filter(suites.contains) }
        options.measures = try invocation.all(.measure).map { try known($0, "measure", Measure.allCases) }
        options.sizes = try invocation.numbers(.sizes, among: Suite.allCases.flatMap(\.sizes))
        let intervals = try invocation.intervals(.intervals)
        if !intervals.isEmpty { options.intervals = intervals }
        options.runs = try invocation.number(.runs, in: 1...1000, default: options.runs)
        options.sizeRuns = try invocation.number(.sizeRuns, in: 1...1000, default: options.runs)
        return options
    }

    private static func known<Word: RawRepresentable<String>>(
        _ name: String, _ kind: String, _ all: [Word]
    ) throws -> Word {
        guard let word = Word(rawValue: name) else {
            throw UsageError(
                "unknown \(kind) \(name); did you mean \(nearest(to: name, among: all.map(\.rawValue)))?")
        }
        return word
    }

    /// A daemon that was asked for: how it is made at an interval, and the command that tells its version.
    private struct Contender {
        let name: String
        let version: [String]
        let make: (Duration) -> any Daemon
    }

    private static func contenders(_ invocation: Invocation) throws -> [Contender] {
        let names = ["vipd", "keepalived", "ucarp"]
        let asked = invocation.all(.daemon)
        for name in asked where !names.contains(name) {
            throw UsageError("unknown daemon \(name); did you mean \(nearest(to: name, among: names))?")
        }
        return try names.filter { asked.isEmpty || asked.contains($0) }.map { name in
            if name == "vipd" {
                let binary = try vipd(invocation)
                return Contender(name: name, version: [binary, "version"]) {
                    VipdDaemon(binary: binary, chosenInterval: $0)
                }
            }
            guard let binary = Tool.find(name) else {
                throw LabError("\(name) is missing: apt-get install \(name), or leave it out: --daemon vipd")
            }
            return name == "keepalived"
                ? Contender(name: name, version: [binary, "--version"]) {
                    KeepalivedDaemon(binary: binary, interval: $0)
                }
                : Contender(name: name, version: [binary, "--help"]) { UcarpDaemon(binary: binary, interval: $0) }
        }
    }
}
