// The commands that ask the daemon: status, is-holder, events, move, maintenance, reload. Deliberately not here: how their
// answers are drawn (StatusTable, EventLine, TimingsTable), and the protocol (VIPControl).
import VIPControl
import VIPJSON

/// A command that failed, in one line with the way out, and the exit code for it. The message may hold what came off the
/// wire or the command line: whoever prints it makes it harmless.
struct CommandFailure: Error {
    let message: String
    var exitCode = ExitCode.failure
}

struct TalkingCommands {
    let invocation: Invocation
    let output: Output

    private func connect() throws(CommandFailure) -> ControlClient {
        do throws(ControlClientError) {
            return try ControlClient(path: invocation.value("--socket") ?? ControlClient.defaultPath)
        } catch {
            throw CommandFailure(message: error.description)
        }
    }

    /// The answer to `request`; a refusal is a failure.
    private func ask(_ request: ControlRequest, _ client: ControlClient) throws(CommandFailure) -> ControlResponse {
        let response: ControlResponse
        do throws(ControlClientError) {
            response = try client.ask(request)
        } catch {
            throw CommandFailure(message: error.description)
        }
        if case .failure(let error) = response { throw CommandFailure(message: error.message) }
        return response
    }

    private func strayAnswer(_ request: ControlRequest) -> CommandFailure {
        CommandFailure(
            message: "vipd answered \(request.name) with something else; it may be of another release: restart it")
    }

    private func report() throws(CommandFailure) -> StatusReport {
        guard case .status(let report) = try ask(.status, connect()) else { throw strayAnswer(.status) }
        return report
    }

    func status() throws(CommandFailure) -> Int32 {
        if invocation.has("--watch") { return try watch() }
        let report = try report()
        if invocation.has("--json") {
            output.write(report.json.text(.indented) + "\n")
        } else {
            let palette = Palette(isColoured: output.isColoured)
            output.write(StatusTable(report: report, now: .now(), palette: palette) { $0.local() }.text)
        }
        return StatusTable.exitCode(for: report)
    }

    private func watch() throws(CommandFailure) -> Int32 {
        guard !invocation.has("--json") else {
            throw CommandFailure(
                message: "--watch and --json do not go together; a program follows with 'vipd events --follow --json' "
                    + "and asks with 'vipd status --json'", exitCode: ExitCode.usage)
        }
        var command = try WatchCommand(path: invocation.value("--socket") ?? ControlClient.defaultPath, output: output)
        return try command.run()
    }

    /// The names of nodes or groups that the daemon knows, one a line, for completion.
    func names() throws(CommandFailure) -> Int32 {
        let report = try report()
        let names =
            invocation.operand == "groups"
            ? report.groups.map(\.name)
            : [report.node.name] + report.groups.flatMap { $0.peers.filter { $0.state != nil }.map(\.name) }
        // Names come off the wire, and a shell reads them: what is no plain name is left out.
        let plain = Set(names).filter { name in
            name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        }
        output.write(plain.sorted().map { $0 + "\n" }.joined())
        return ExitCode.success
    }

    func isHolder() throws(CommandFailure) -> Int32 {
        let holds = try Self.holds(report().groups, group: invocation.value("--group"))
        return holds ? ExitCode.success : ExitCode.failure
    }

    /// True if the answering node holds `group`, or all groups where that is nil.
    static func holds(_ groups: [GroupStatus], group: String?) throws(CommandFailure) -> Bool {
        guard let group else { return !groups.isEmpty && groups.allSatisfy(\.state.isHolding) }
        guard let found = groups.first(where: { $0.name == group }) else {
            let names = groups.map(\.name).joined(separator: ", ")
            throw CommandFailure(
                message: "there is no group '\(group)'; this node has " + (names.isEmpty ? "none" : names),
                exitCode: ExitCode.usage)
        }
        return found.state.isHolding
    }

    func events() throws(CommandFailure) -> Int32 {
        let showsTimings = invocation.has("--timings") && !invocation.has("--json")
        if showsTimings && invocation.has("--follow") {
            throw CommandFailure(
                message: "--timings and --follow do not go together: a takeover's last phase is known only later; "
                    + "follow with --json, whose events have their phases", exitCode: ExitCode.usage)
        }
        let client = try connect()
        let follow = invocation.has("--follow")
        let request = ControlRequest.events(since: 0, follow: follow)
        guard case .events(let events) = try ask(request, client) else { throw strayAnswer(request) }
        if showsTimings {
            let palette = Palette(isColoured: output.isColoured)
            let changes = TimedChange.changes(of: events)
            output.write(TimingsTable.text(of: changes, palette: palette) { $0.local(withMilliseconds: true) })
            return ExitCode.success
        }
        for event in events { write(event) }
        while follow, output.isOpen, client.awaitEvent(whileRead: output.descriptor) {
            do throws(ControlClientError) {
                write(try client.nextEvent())
            } catch {
                throw CommandFailure(message: error.description)
            }
        }
        return ExitCode.success
    }

    private func write(_ event: EventRecord) {
        if invocation.has("--json") {
            output.write(event.json.text(.asciiLine) + "\n")
        } else {
            output.write(EventLine.text(of: event) { $0.local(withMilliseconds: true) })
        }
    }

    func move() throws(CommandFailure) -> Int32 {
        let request = ControlRequest.move(group: invocation.value("--group"), to: invocation.value("--to"))
        let client = try connect()
        let began = ContinuousClock.now
        guard case .move(let begun) = try ask(request, client) else { throw strayAnswer(request) }
        let end = try outcome(of: begun, client)
        guard end.kind == EventRecord.Kind.transition, let holder = end.to else {
            throw CommandFailure(message: end.message)
        }
        let took = (ContinuousClock.now - began).components
        let milliseconds = took.seconds * 1000 + took.attoseconds / 1_000_000_000_000_000
        output.write("\(escaped(begun.group)): \(escaped(begun.from)) -> \(escaped(holder)) in \(milliseconds) ms\n")
        return ExitCode.success
    }

    /// The event that ends a handover.
    private func outcome(of begun: MoveBegun, _ client: ControlClient) throws(CommandFailure) -> EventRecord {
        let request = ControlRequest.events(since: begun.since, follow: true)
        guard case .events(let events) = try ask(request, client) else { throw strayAnswer(request) }
        let isEnd = { (event: EventRecord) in
            event.group == begun.group
                && (event.kind == EventRecord.Kind.transition || event.kind == EventRecord.Kind.handoverFailed)
        }
        if let end = events.first(where: isEnd) { return end }
        while true {
            do throws(ControlClientError) {
                let event = try client.nextEvent()
                if isEnd(event) { return event }
            } catch {
                throw CommandFailure(message: error.description)
            }
        }
    }

    func maintenance() throws(CommandFailure) -> Int32 {
        let request = ControlRequest.maintenance(on: invocation.operand == "on")
        guard case .maintenance(let on) = try ask(request, connect()) else { throw strayAnswer(request) }
        output.write("maintenance is \(on ? "on" : "off")\n")
        return ExitCode.success
    }

    func reload() throws(CommandFailure) -> Int32 {
        guard case .reloaded(let groups) = try ask(.reload, connect()) else { throw strayAnswer(.reload) }
        output.write("reloaded: serves \(groups.map(escaped).joined(separator: ", "))\n")
        return ExitCode.success
    }
}
