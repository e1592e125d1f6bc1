// The demo: the faults one after the other, told as they happen, and a table at the end.
import Foundation

struct Demo {
    let options: LabOptions

    /// Tells the whole story: whether every step went as it has to.
    func run() throws -> Bool {
        try Lab.with(options) { lab in
            let narrator = Narrator(lab)
            narrator.opening()
            let sniffer = try Sniffer.start(in: lab)
            let start = Instant.now
            for node in lab.nodes { try lab.powerOn(node) }
            _ = try Interrupt.wait(upTo: Bounds.patience) {
                narrator.look()
                return try lab.holder() != nil
            }
            try lab.startClient()
            let holder = try lab.settle()
            narrator.booted(holder, announcement: sniffer?.announcements.first, after: .now - start)

            var table = Table(header: ["fault", "holder", "successor", "client without", "failed", "two holders", ""])
            var isGood = true
            for trial in Trial.allCases {
                var judge = Judge()
                let result = try lab.run(trial, judge: &judge, story: narrator)
                narrator.judged(judge.verdict)
                if case .failed = judge.verdict { isGood = false }
                table.rows += rows(trial, result, judge.verdict)
            }
            Console.line()
            for (number, line) in table.text.enumerated() { Console.line("  " + line, number == 0 ? .bold : .plain) }
            Console.line()
            return isGood
        }
    }

    private func rows(_ trial: Trial, _ result: TrialResult, _ verdict: Verdict) -> [[String]] {
        let word =
            switch verdict {
            case .passed: "ok"
            case .stalled: "host stalled"
            case .failed: "FAILED"
            }
        func row(_ name: String, _ measured: Measurement, successor: String, _ word: String) -> [String] {
            [
                name, measured.holder.name, successor, measured.outage.gap.short,
                "\(measured.outage.failed) of \(measured.outage.attempts)", measured.overlap.short, word,
            ]
        }
        let successor = result.fault.takeover?.node.name ?? "nobody"
        var rows = [row(trial.title.lowercased(), result.fault, successor: successor, word)]
        if trial == .partition || trial == .hang {
            rows.append(row("  \(trial.repair.rawValue)", result.repair, successor: "-", ""))
        }
        return rows
    }
}
