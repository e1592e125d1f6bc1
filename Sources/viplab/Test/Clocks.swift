// Scenarios: somebody sets the civil clock of running machines, by a year.
import Foundation

extension Scenario {
    static let clocks: [Scenario] = [
        Scenario(
            name: "clock-set-back",
            promise: "clocks set back a year, and on again, move nothing, nor does a daemon that starts in the past",
            body: clockSetBack)
    ]

    private static let year: Int64 = 365 * 86_400

    private static func clockSetBack(_ stage: Stage) throws -> String {
        try stage.lab { lab in
            var daemon = stage.daemon
            daemon.hasOwnClock = true
            // With a key there is no forgiveness for a node whose word is not newer than what was heard before.
            let key = try stage.daemon.makeKey("key", in: lab)
            daemon.keyFiles = [1: key, 2: key, 3: key]
            lab.change(to: daemon)
            let holder = try lab.boot()
            let others = lab.nodes.filter { $0 !== holder }
            let start = Instant.now
            for ahead in [-year, year, 0, -year] {
                for node in lab.nodes {
                    try VipdDaemon.setClock(of: node.machine, aheadSeconds: ahead)
                    try Interrupt.sleep(.milliseconds(300))
                }
            }
            let told = try stage.daemon.ask(["events", "--json"], on: holder.machine).output
            // A life that began in the present is restarted a year before it.
            try lab.inflict(.kill, on: others[0])
            try lab.inflict(.start, on: others[0])
            let now = try lab.settle()
            stage.judge.expect(now === holder, "\(now.name) holds, not \(holder.name)")
            let measured = try lab.measurement(from: start, to: .now, holder: holder)
            try stage.expectUndisturbed(measured, in: lab, by: "clocks that were set")
            let status = try daemon.status(of: holder.machine)
            let stale = status?.dropped["stale"] ?? 0
            stage.judge.expect(stale == 0, "\(holder.name) took \(stale) frames of a node from the past for recordings")
            // Whoever comes from the past takes over as fast as everybody else.
            let cut = try lab.measure(.cut, on: holder, limit: Bounds.patience)
            stage.judge.expectTakeover(cut)
            stage.judge.expect(
                cut.outage.gap, atMost: Bounds.powerCut, "the client was without for", stalled: cut.stalled)
            let heir = try lab.settle()
            let later = try stage.daemon.ask(["events", "--json"], on: heir.machine).output
            let then = Date.now.addingTimeInterval(-Double(year))
            let past = Calendar(identifier: .gregorian).component(.year, from: then)
            stage.judge.expect(
                (told + later).contains("\"\(past)-"), "no event is told of a time a year ago: the clock was not set")
            return "client without for \(cut.outage.gap.short) after a power cut a year ago"
        }
    }
}
