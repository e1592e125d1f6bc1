// `vipd status --watch`: waits for keys, signals, the window, the daemon and the clock, and draws. Deliberately not here:
// what is drawn (WatchPage), how (WatchScreen), and what the daemon tells (WatchedDaemon).
import Glibc
import VIPControl
import VIPLinux

struct WatchCommand {
    private let terminal: Terminal
    private let signals: SignalSource
    private let palette: Palette
    private var screen: WatchScreen
    private var daemon: WatchedDaemon
    private var keys = KeyReader()
    private var pace = DrawingPace()
    /// The second that the header's clock shows.
    private var second: Int64 = 0
    private var offset = 0
    private var end: End?

    /// Why it ends.
    private enum End {
        case quit
        /// What the signal does by default is still to be done.
        case signal(Int32)
        case terminalGone
    }

    /// Those after which the terminal is to be as it was.
    private static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    /// Makes the watcher of the daemon at `path`. Signals come through it from then on.
    /// - Throws: where there is no terminal that can be drawn on.
    init(path: String, output: Output) throws(CommandFailure) {
        let instead = "leave --watch out, or follow what happens with 'vipd events --follow'"
        do throws(SystemError) {
            terminal = try Terminal(of: STDOUT_FILENO)
        } catch {
            throw CommandFailure(
                message: "--watch draws on a terminal, and standard output is none of this session; \(instead)")
        }
        if let kind = unsafe getenv("TERM"), unsafe String(cString: kind) == "dumb" {
            throw CommandFailure(message: "--watch cannot draw on a terminal of the kind TERM=dumb; \(instead)")
        }
        do throws(SystemError) {
            signals = try SignalSource(Self.ending + [SIGTSTP, SIGCONT, SIGWINCH])
        } catch {
            throw CommandFailure(message: error.description)
        }
        palette = Palette(isColoured: output.isColoured)
        screen = WatchScreen(terminal: terminal)
        daemon = WatchedDaemon(path: path, now: .now)
    }

    /// Watches until told to stop, and returns the exit code; after a signal that ends a process, it does not return.
    mutating func run() throws(CommandFailure) -> Int32 {
        do throws(SystemError) {
            try watch()
            screen.giveBack()
            if case .signal(let signal) = end { try SignalSource.obey(signal) }
        } catch {
            screen.giveBack()
            throw CommandFailure(message: error.description)
        }
        return ExitCode.success
    }

    private mutating func watch() throws(SystemError) {
        try takeScreen()
        while end == nil {
            let now = ContinuousClock.now
            if daemon.turn(now: now) || second != Self.secondNow { pace.noteChange(at: now) }
            if !screen.wantsRoom, pace.takeDue(at: now) { draw() }
            if screen.isGone { end = .terminalGone }
            try waitAndServe()
        }
    }

    private static var secondNow: Int64 { Timestamp.now().milliseconds / 1000 }

    private mutating func takeScreen() throws(SystemError) {
        try screen.take()
        pace.hurry(at: .now)
    }

    private mutating func draw() {
        let now = Timestamp.now()
        second = now.milliseconds / 1000
        let page = WatchPage(
            report: daemon.report, reportedAt: daemon.reportedAt, events: daemon.events, trouble: daemon.trouble,
            now: now,
            palette: palette, localTime: { $0.local() }, eventTime: { $0.local(withMilliseconds: true) })
        let size = terminal.size
        screen.show(page.lines(in: size, from: &offset), columns: size.columns)
    }

    private mutating func waitAndServe() throws(SystemError) {
        let room = screen.wantsRoom ? Int32(POLLOUT) : 0
        var entries = [
            pollfd(fd: terminal.fileDescriptor, events: Int16(Int32(POLLIN) | room), revents: 0),
            pollfd(fd: signals.fileDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        if let interest = daemon.interest { entries.append(interest) }
        guard end == nil, unsafe poll(&entries, nfds_t(entries.count), timeout) > 0 else { return }
        if entries[0].revents & Int16(POLLOUT) != 0 { screen.flush() }
        if entries[1].revents != 0 {
            for signal in signals.read() { try serve(signal) }
        }
        if entries[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { readKeys() }
    }

    /// Milliseconds until the daemon is to be asked, a picture is due, or the clock in the header goes on.
    private var timeout: Int32 {
        // While the terminal has no room, nothing is drawn, however long it has been due.
        let due = screen.wantsRoom ? nil : pace.due
        let left = (min(daemon.deadline, due ?? daemon.deadline) - .now).components
        let isPast = left.seconds < 0 || left.attoseconds < 0
        // Rounded up, so that the last part of a millisecond is not spent spinning.
        let untilTurn = isPast ? 0 : left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
        return Int32(clamping: min(untilTurn, 1000 - Timestamp.now().milliseconds % 1000))
    }

    private mutating func serve(_ signal: Int32) throws(SystemError) {
        switch signal {
        case SIGWINCH:
            screen.forget()
            pace.hurry(at: .now)
        case SIGTSTP:
            screen.giveBack()
            try SignalSource.obey(SIGTSTP)
            try takeScreen()
        // After a stop that could not be caught, something else has had the terminal.
        case SIGCONT: try takeScreen()
        default: end = .signal(signal)
        }
    }

    private mutating func readKeys() {
        guard let bytes = terminal.read() else { return end = .terminalGone }
        for key in keys.read(bytes) {
            let page = WatchPage.page(in: terminal.size)
            switch key {
            case .quit: end = .quit
            case .lineUp: offset -= 1
            case .lineDown: offset += 1
            case .pageUp: offset -= page
            case .pageDown: offset += page
            case .first: offset = 0
            // Brought into bounds where it is drawn.
            case .last: offset = Int.max / 2
            case .redraw: screen.forget()
            }
            offset = max(0, offset)
            pace.hurry(at: .now)
        }
    }
}
