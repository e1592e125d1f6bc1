// The story of a cluster behind the VIP, told as it happens: three members of etcd, and a client that knows only the VIP.
// The parts that `viplab test` asserts, too, judge; the voice is the demo's.
import Foundation

struct EtcdStory {
    let vipd: String
    let reboots: Int

    /// A vipd that wants the same majority as etcd.
    static func daemon(_ vipd: String) -> VipdDaemon {
        var daemon = VipdDaemon(binary: vipd, chosenInterval: nil)
        daemon.configuration = VipdDaemon.group("members: 3")
        return daemon
    }

    /// Tells the whole story: whether every step went as it has to.
    func run() throws -> Bool {
        let tools = try EtcdTools()
        return try Lab.with(LabOptions(daemon: Self.daemon(vipd))) { lab in
            let narrator = Narrator(lab)
            var judge = Judge()
            let play = EtcdPlay(lab: lab, cluster: try .deploy(in: lab, tools), narrator: narrator)
            narrator.opening(
                "three controllers, each with vipd (members: 3) and a member of etcd \(try tools.version())")
            let ledger = try play.boot()
            try play.losses(ledger, &judge)
            try play.reboots(reboots, ledger)
            try play.audit(ledger, &judge)
            narrator.judged(judge.verdict)
            return judge.verdict == .passed
        }
    }
}

/// The chapters. Each leaves the lab settled.
struct EtcdPlay {
    let lab: Lab
    let cluster: EtcdCluster
    let narrator: Narrator?

    private var client: Namespace { lab.network.client }

    /// Starts everything: what the writing client reports.
    func boot() throws -> EtcdLedger {
        for node in lab.nodes { try lab.powerOn(node) }
        let isHeld = try Interrupt.wait(upTo: .seconds(15)) {
            narrator?.look()
            return try lab.holder() != nil
        }
        guard isHeld else { throw LabError("nobody holds: \(try lab.situation())") }
        try lab.settle()
        try cluster.waitUntilHealthy(cluster.machines)
        let members = try cluster.tools.ask(["member", "list"], on: client).output
        narrator?.quote("etcdctl --endpoints=\(EtcdTools.vipEndpoint) member list", members)
        let ledger = try EtcdLedger.start(in: lab, cluster.tools)
        narrator?.deed(
            "the client, which knows nothing but the VIP, now starts an etcdctl put every \(EtcdWriter.every.short)")
        return ledger
    }

    /// Loses the holder, then one more, and brings them back: the table of quorum, acted out.
    func losses(_ ledger: EtcdLedger, _ judge: inout Judge) throws {
        let first = try lab.settle()
        try cluster.giveLeadership(to: first.machine)
        narrator?.chapter("One member lost: the power of \(first.name), which holds, and leads etcd")
        let start = try lab.inflict(.cut, on: first)
        let again = try ledger.waitForAcknowledgement(since: start, upTo: Bounds.patience)
        judge.expect(again != nil, "with two of three members no write went on: \(ledger.lastProblem ?? "")")
        let holder = try lab.settle()
        let outage = ledger.outage(from: start, to: .now)
        narrator?.deed(
            "etcd acknowledges writes through \(holder.name); the client was without for \(outage.gap.short)")

        guard let second = lab.nodes.first(where: { $0.isPowered && $0 !== holder }) else { return }
        narrator?.chapter("Two lost: the power of \(second.name), too. One of three is no majority, of neither cluster")
        let alone = try lab.inflict(.cut, on: second)
        try expectBlocked(since: alone, on: holder, ledger, &judge)

        narrator?.chapter("Back: \(second.name) boots again")
        try bringBack(second, "two of three are a majority again", ledger, &judge)
        narrator?.deed("then \(first.name) boots again")
        try bringBack(first, "all three are there", ledger, &judge)
    }

    /// The last of three must let the VIP go and say why, and nothing may be acknowledged.
    private func expectBlocked(
        since alone: Instant, on last: Node, _ ledger: EtcdLedger, _ judge: inout Judge
    ) throws {
        let letsGo = try Interrupt.wait(upTo: Bounds.patience) {
            narrator?.look()
            return try !lab.holderWatch.timeline.holds(last.index)
        }
        judge.expect(letsGo, "alone of three \(last.name) kept the VIP")
        let blocked = Instant.now
        try Interrupt.sleep(.seconds(3))
        let through = ledger.writes.filter { $0.start >= blocked && $0.isSuccess }
        let failed = ledger.writes.filter { $0.start >= alone && !$0.isSuccess }
        judge.expect(through.isEmpty, "\(through.count) writes were acknowledged by a minority")
        judge.expect(!failed.isEmpty, "no write failed while two of three were gone")
        narrator?.deed(
            "no write is acknowledged for \((Instant.now - blocked).short): \(failed.last?.problem ?? "no answer")")
        guard let vipd = lab.daemon as? VipdDaemon else { return }
        let status = try vipd.ask(["status"], on: last.machine)
        narrator?.quote("vipd status", status.output)
        judge.expect(status.status == .exited(3), "vipd status ends with \(status.status), not with 3: nobody holds")
        let why = status.output.lowercased()
        judge.expect(
            why.contains("majority"), "vipd status on \(last.name) does not say that a majority is missing: \(why)")
    }

    private func bringBack(_ node: Node, _ what: String, _ ledger: EtcdLedger, _ judge: inout Judge) throws {
        let start = Instant.now
        try cluster.comeBack(node, in: lab)
        let again = try ledger.waitForAcknowledgement(since: start, upTo: Bounds.patience)
        let wait = again.map { "after \(($0.end - start).short)" } ?? "never"
        judge.expect(again != nil, "\(what), and no write goes on: \(ledger.lastProblem ?? "")")
        let holder = try lab.settle()
        narrator?.deed("\(what): the first write acknowledged \(wait); \(holder.name) holds")
    }

    /// Reboots the holder so many times, by turns in an orderly manner and by a power cut.
    @discardableResult
    func reboots(_ count: Int, _ ledger: EtcdLedger) throws -> [Reboot] {
        guard count > 0 else { return [] }
        narrator?.chapter("\(count) reboots of the holder, under the writing client")
        var all: [Reboot] = []
        let start = Instant.now
        for number in 1...count {
            let manner = RebootManner.allCases[(number - 1) % RebootManner.allCases.count]
            let reboot = try cluster.reboot(manner, in: lab, ledger)
            all.append(reboot)
            narrator?.tell(reboot, number)
        }
        let outage = ledger.outage(from: start, to: .now)
        narrator?.show(
            RebootSummary(reboots: all).table,
            "all in all: \(outage.attempts) writes, \(outage.failed) failed attempts, longest time without an "
                + "acknowledged write \(outage.gap.short)")
        return all
    }

    /// The last question: whether everything that etcd acknowledged is there.
    @discardableResult
    func audit(_ ledger: EtcdLedger, _ judge: inout Judge) throws -> EtcdAudit {
        let audit = try ledger.audit(on: client)
        let failed = ledger.writes.count { !$0.isSuccess }
        narrator?.chapter("What is there: etcdctl get --prefix \(EtcdWrite.prefix), through the VIP")
        narrator?.deed(
            "\(audit.acknowledged) writes acknowledged, \(failed) attempts failed, \(audit.present) keys present, "
                + "lost: \(audit.lost.count)")
        judge.expect(audit.acknowledged > 0, "etcd acknowledged nothing")
        judge.expect(
            audit.lost.isEmpty,
            "\(audit.lost.count) acknowledged writes are lost, the first of them number \(audit.lost.first ?? 0)")
        return audit
    }
}

extension Narrator {
    /// A line for one reboot.
    fileprivate func tell(_ reboot: Reboot, _ number: Int) {
        let pad = String(repeating: " ", count: max(0, 3 - "\(number)".count))
        let (deed, outage) = (reboot.manner.deed(reboot.holder), reboot.outage)
        Console.line(
            "  \(pad)\(number)  \(deed): \(reboot.successor) holds after \(reboot.takeover.short); without for "
                + "\(outage.gap.short), \(outage.failed) of \(outage.attempts) writes failed")
        skip()
    }

    fileprivate func show(_ table: Table, _ sum: String) {
        Console.line()
        for (number, line) in table.text.enumerated() { Console.line("  " + line, number == 0 ? .bold : .plain) }
        Console.line("  " + sum)
    }
}
