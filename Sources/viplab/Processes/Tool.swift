// Commands that the lab runs to their end for what they do or print: ip, and vipd's own client commands.
import Foundation

enum Tool {
    struct Result {
        let status: ExitStatus
        let output: String
        let errors: String

        /// What it said in all, for error messages.
        var said: String {
            let words = [output, errors].filter { !$0.isEmpty }.joined(separator: " / ")
            return words.isEmpty ? "\(status)" : words
        }
    }

    /// Runs a command and returns how it ended and what it printed. Kills it after `limit`.
    /// - Throws: `LabError` when it cannot be started or takes too long, `Interrupted`
    static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil, limit: Duration = .seconds(10)
    ) throws -> Result {
        try ToolRun(arguments, environment: environment, input: input).finish(limit: limit)
    }

    /// Runs a command that must succeed.
    @discardableResult
    static func need(_ arguments: [String], input: String? = nil) throws -> String {
        let result = try run(arguments, input: input)
        guard result.status == .exited(0) else {
            let said = result.errors.isEmpty ? "\(result.status)" : result.errors
            throw LabError("\(arguments.joined(separator: " ")): \(said)")
        }
        return result.output
    }

    /// Where a command is, as PATH has it, with the directories of system tools that a user's PATH may lack.
    static func find(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"])
            .map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
    }
}

/// A command under way. Killed, if it still runs, when nobody waits for it any more.
final class ToolRun {
    private let arguments: [String]
    private let child: ChildProcess
    private let output: LinePipe
    private let errors: LinePipe

    /// Starts it.
    init(_ arguments: [String], environment: [String: String] = [:], input: String? = nil) throws {
        self.arguments = arguments
        (output, errors) = (try LinePipe(), try LinePipe())
        let feed = try input.map { try InputFile($0) }
        child = try ChildProcess(
            arguments, name: arguments[0], environment: environment,
            input: feed.map { .descriptor($0.descriptor) } ?? .discarded, output: .descriptor(output.writer),
            errors: .descriptor(errors.writer))
        output.closeWriter()
        errors.closeWriter()
    }

    deinit { child.end() }

    var isRunning: Bool { child.isRunning }

    /// Waits for its end: how it ended and what it printed. Kills it after `limit`.
    func finish(limit: Duration = .seconds(10)) throws -> Tool.Result {
        defer { child.end() }
        var (printed, complaints): ([String], [String]) = ([], [])
        let end = Instant.now + limit
        while !(output.hasEnded && errors.hasEnded) {
            try Interrupt.check()
            printed += output.lines(waitingUpTo: .milliseconds(output.hasEnded ? 0 : 5))
            complaints += errors.lines(waitingUpTo: .milliseconds(output.hasEnded ? 5 : 0))
            guard Instant.now < end else {
                throw LabError("\(arguments.joined(separator: " ")): no end after \(limit.short)")
            }
        }
        guard let status = try child.waitForExit(upTo: .seconds(1)) else {
            throw LabError("\(arguments.joined(separator: " ")): closed its output and goes on")
        }
        return Tool.Result(
            status: status, output: printed.joined(separator: "\n"), errors: complaints.joined(separator: "\n"))
    }
}

/// Text for a child's standard input, in an unlinked file.
private final class InputFile {
    let descriptor: Int32

    init(_ text: String) throws {
        var path = Array("/run/viplab-input-XXXXXX".utf8CString)
        descriptor = unsafe mkstemp(&path)
        guard descriptor >= 0 else { throw LabError("cannot make a file under /run", code: errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unsafe unlink(path)
        let bytes = Array(text.utf8)
        guard unsafe write(descriptor, bytes, bytes.count) == bytes.count, lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw LabError("cannot write a file under /run", code: errno)
        }
    }

    deinit { close(descriptor) }
}
