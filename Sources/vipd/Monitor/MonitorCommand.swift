// `vipd monitor`: takes frames from an interface or a capture, records them if that is wanted, and prints what they mean.
// Deliberately not here: what they mean (FrameNarrator), and reading them (VIPLinux, VIPWire).
import Glibc
import VIPConfiguration
import VIPControl
import VIPJSON
import VIPLinux

struct MonitorCommand {
    private let invocation: Invocation
    /// What is read for the capture `-`.
    private let input: Int32
    private let output: Output
    private let errors: Output
    private let settings: MonitorSettings
    private let palette: Palette
    private var narrator: FrameNarrator
    private var lines = 0

    init(_ invocation: Invocation, input: Int32, output: Output, errors: Output) throws(CommandFailure) {
        if invocation.value("--read") != nil {
            for option in ["--interface", "--write"] where invocation.value(option) != nil {
                throw CommandFailure(
                    message: "--read and \(option) do not go together: a capture has its frames already",
                    exitCode: ExitCode.usage)
            }
        }
        self.invocation = invocation
        self.input = input
        self.output = output
        self.errors = errors
        settings = try MonitorSettings(invocation)
        palette = Palette(isColoured: output.isColoured)
        narrator = FrameNarrator(groups: settings.groups)
    }

    /// Goes on to the end of the capture, or until interrupted, and returns the exit code.
    mutating func run() throws(CommandFailure) -> Int32 {
        if let remark = settings.remark { errors.write("vipd: \(escaped(remark))\n") }
        let origin = try origin()
        do throws(SystemError) {
            switch origin {
            case .capture(let path): try explain(path)
            case .interface(let name): try listen(on: name)
            }
        } catch {
            throw CommandFailure(message: error.description)
        }
        return ExitCode.success
    }

    /// Where the frames come from.
    private enum Origin {
        case capture(String)
        case interface(String)
    }

    private func origin() throws(CommandFailure) -> Origin {
        if let path = invocation.value("--read") { return .capture(path) }
        return .interface(try settings.interface(invocation.value("--interface"), among: LinkFacts.present))
    }

    // A capture.

    private mutating func explain(_ path: String) throws(SystemError) {
        let isInput = StandardInput.isMeant(by: path)
        let name = isInput ? StandardInput.name : path
        let source = isInput ? try FrameSource(reading: input, named: name) : try FrameSource(file: path)
        writeHeading()
        var frames = 0
        do throws(SystemError) {
            while goesOn, let frame = try source.next() {
                frames += 1
                take(frame)
            }
        } catch {
            let whole = "before that come \(frames) whole frames"
            throw SystemError(
                operation: error.operation, errno: error.errno, advice: error.advice.map { "\($0); \(whole)" } ?? whole)
        }
        if lines == 0 {
            errors.write("vipd: there is no frame of vipd's in \(escaped(name)), and \(frames) of others\n")
        }
    }

    // An interface.

    private mutating func listen(on interface: String) throws(SystemError) {
        let source = try FrameSource(interface: interface)
        let recording = try invocation.value("--write").map(CaptureWriter.init(path:))
        // What strangers send is not for a process that may do anything.
        try Capabilities([]).keepOnly()
        let signals = try SignalSource([SIGINT, SIGTERM, SIGHUP])
        writeHeading()
        while goesOn, Self.wait(for: source.fileDescriptor, Int32(POLLIN), or: signals, while: output) {
            while goesOn, let frame = try source.next() {
                try recording?.write(frame)
                // The reader may be slow, but whoever waits for it can still be stopped.
                guard Self.wait(for: output.descriptor, Int32(POLLOUT), or: signals, while: output) else { break }
                take(frame)
            }
        }
        if source.lost > 0 {
            errors.write("vipd: \(source.lost) frames were lost, for they came faster than they were read\n")
        }
    }

    /// Waits until a descriptor is ready: false where a signal came first, or the reader of the output has gone.
    private static func wait(
        for descriptor: Int32, _ events: Int32, or signals: SignalSource, while output: Output
    ) -> Bool {
        var entries = [
            pollfd(fd: descriptor, events: Int16(events), revents: 0),
            pollfd(fd: signals.fileDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: output.descriptor, events: 0, revents: 0),
        ]
        while unsafe poll(&entries, nfds_t(entries.count), -1) < 0 {
            guard errno == EINTR else { return false }
        }
        return entries[1].revents == 0 && entries[2].revents == 0
    }

    // Both.

    private var goesOn: Bool { output.isOpen && settings.count.map { lines < $0 } ?? true }

    private func writeHeading() {
        if !invocation.has("--json") { output.write(MonitorLine.heading(palette)) }
    }

    private mutating func take(_ frame: SeenFrame) {
        let observed = ObservedFrame(frame, keys: settings.keys)
        guard let narration = narrator.tell(observed) else { return }
        let line = MonitorLine(observed: observed, narration: narration)
        lines += 1
        output.write(
            invocation.has("--json")
                ? line.json.text(.asciiLine) + "\n"
                : line.text(palette: palette) { $0.local(withMilliseconds: true) })
    }
}
