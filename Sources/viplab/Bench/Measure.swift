// What the bench measures, and the goal for each.

/// A measure of the bench.
enum Measure: String, CaseIterable, Sendable {
    case powerCut = "power-cut"
    case deaf = "power-cut-no-gratuitous"
    case kill, hang, stop, move
    case stopReset = "stop-reset"
    case moveReset = "move-reset"
    case unplug
    case sickService = "sick-service"
    case firstNode = "first-node"

    var title: String {
        switch self {
        case .powerCut: "power cut of the holder: client without"
        case .deaf: "power cut: client that ignores gratuitous ARP without"
        case .kill: "daemon killed: client without"
        case .hang: "daemon hung: client without"
        case .stop: "planned stop: client without"
        case .move: "move: client without"
        case .stopReset: "planned stop: open connection reset after"
        case .moveReset: "move: open connection reset after"
        case .unplug: "cable pulled: client without"
        case .sickService: "service dies on the holder: client without"
        case .firstNode: "first node alone: start to VIP"
        }
    }

    /// The fault that it inflicts on a holder, and its repair, where one is needed; nil: it is another kind of measure.
    var fault: (Fault, repair: Fault?)? {
        switch self {
        case .powerCut, .deaf: (.cut, .powerOn)
        case .kill: (.kill, .start)
        case .hang: (.hang, .resume)
        case .stop, .stopReset: (.stop, .start)
        case .move, .moveReset: (.move, nil)
        case .unplug: (.unplug, .plug)
        case .sickService: (.killService, .startService)
        case .firstNode: nil
        }
    }

    /// Whether a daemon has what is measured.
    func applies(to daemon: any Daemon) -> Bool {
        switch self {
        case .move, .moveReset: daemon.canMove
        case .sickService: daemon is VipdDaemon
        default: true
        }
    }

    /// A daemon as it is set up for the measure: with a check of the service where that falls sick, at the check's own
    /// defaults, and without a hold-down between one run and the next.
    func setUp(_ daemon: any Daemon) -> any Daemon {
        guard self == .sickService, var vipd = daemon as? VipdDaemon else { return daemon }
        vipd.configuration = VipdDaemon.group(
            "checks: [{http: \"http://127.0.0.1:\(Door.web.rawValue)/livez\"}]\nholdDown: 0s")
        return vipd
    }

    /// From one sign of life to the next, of whatever falls silent: announcements, or the runs of a check.
    func beat(of daemon: any Daemon) -> Duration { self == .sickService ? Self.checkInterval : daemon.interval }

    /// vipd's default.
    private static let checkInterval = Duration.seconds(1)
    private static let checkFall = 3

    /// A departure by plan, of which no attempt should tell.
    var isPlanned: Bool { self == .stop || self == .move }

    /// Whether the holder's kernel goes on while its daemon does not: then there may be two holders for good.
    var leavesHolder: Bool { self == .kill || self == .hang }

    /// How long the client is watched after it is served again. For departures by plan so long that all runs together
    /// come to 5,000 attempts, and some more, as a stall swallows a few.
    func rest(of runs: Int) -> Duration {
        isPlanned ? max(.milliseconds(500), ClientLog.every * 5_200 / runs) : .milliseconds(500)
    }

    /// What vipd promises of the median; nil: nothing.
    func goal(at interval: Duration) -> Duration? {
        switch (self, interval) {
        case (.powerCut, .milliseconds(100)), (.deaf, .milliseconds(100)): .milliseconds(230)
        case (.powerCut, .milliseconds(10)), (.deaf, .milliseconds(10)): .milliseconds(26)
        case (.stopReset, _), (.moveReset, _): Bounds.reset
        case (.kill, ...(.milliseconds(100))), (.hang, ...(.milliseconds(100))): .milliseconds(100)
        case (.sickService, _): Self.checkInterval * Self.checkFall + .milliseconds(300)
        case (.firstNode, _): .seconds(1)
        default: nil
        }
    }
}
