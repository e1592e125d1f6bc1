// From a command line to an exit code. Deliberately not here: what each command does.
import Glibc
import VIPConfiguration
import VIPControl
import VIPLinux

struct CommandLineTool {
    var input = STDIN_FILENO
    var output = Output(fd: STDOUT_FILENO)
    var errors = Output(fd: STDERR_FILENO)

    /// Does what `arguments` ask for, those after the program's name, and returns the exit code.
    func run(_ arguments: [String]) -> Int32 {
        let code: Int32
        do throws(CommandFailure) {
            code = try perform(arguments)
        } catch {
            errors.write("vipd: \(escaped(error.message))\n")
            return error.exitCode
        }
        guard !output.isBroken else {
            let reason = unsafe String(cString: strerror(output.failure ?? 0))
            errors.write("vipd: cannot write to standard output: \(reason)\n")
            return ExitCode.failure
        }
        return code
    }

    private func perform(_ arguments: [String]) throws(CommandFailure) -> Int32 {
        let invocation: Invocation
        do throws(UsageError) {
            invocation = try Invocation(parsing: arguments)
            if invocation.wantsHelp {
                output.write(HelpText.text(of: invocation.command))
                return ExitCode.success
            }
            if invocation.command.name == Command.helpCommand.name {
                output.write(try invocation.operand.map(Self.help) ?? HelpText.overview)
                return ExitCode.success
            }
        } catch {
            throw CommandFailure(message: error.message, exitCode: ExitCode.usage)
        }
        return try perform(invocation)
    }

    private static func help(on word: String) throws(UsageError) -> String {
        HelpText.text(of: try Invocation.command(word))
    }

    /// Makes a key, or tells the id of one.
    private func key(_ invocation: Invocation) throws(CommandFailure) -> Int32 {
        if invocation.has("--write") && invocation.has("--id") {
            throw CommandFailure(
                message: "--write and --id do not go together; give one of them", exitCode: ExitCode.usage)
        }
        do {
            if let path = invocation.value("--write") {
                output.write("key \(try KeyFile.create(path)) is in \(escaped(path)); copy it to the other nodes\n")
            } else if let path = invocation.value("--id") {
                output.write("\(try KeyFile.keyID(of: path))\n")
            } else {
                output.write(try KeyFile.newText())
            }
            return ExitCode.success
        } catch {
            throw CommandFailure(message: "\(error)")
        }
    }

    private func perform(_ invocation: Invocation) throws(CommandFailure) -> Int32 {
        if invocation.command.name == Command.run.name {
            let socketPath = invocation.value("--socket") ?? ControlClient.defaultPath
            return runDaemon(options: RunOptions(invocation), socketPath: socketPath)
        }
        // A reader that goes away is an error of write(2), not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let commands = TalkingCommands(invocation: invocation, output: output)
        switch invocation.command.name {
        case Command.check.name:
            return CheckCommand(output: output, palette: Palette(isColoured: output.isColoured), input: input)
                .run(path: invocation.operand ?? Limits.defaultPath)
        case Command.doctor.name:
            return try DoctorCommand(
                invocation: invocation, output: output, palette: Palette(isColoured: output.isColoured)
            ).run()
        case Command.manual.name:
            output.write(Manual.page(invocation.operand ?? ""))
            return ExitCode.success
        case Command.completion.name where Completion.shells.contains(invocation.operand ?? ""):
            output.write(Completion.script(for: invocation.operand ?? ""))
            return ExitCode.success
        case Command.completion.name: return try commands.names()
        case Command.status.name: return try commands.status()
        case Command.isHolder.name: return try commands.isHolder()
        case Command.events.name: return try commands.events()
        case Command.move.name: return try commands.move()
        case Command.maintenance.name: return try commands.maintenance()
        case Command.reload.name: return try commands.reload()
        case Command.key.name: return try key(invocation)
        case Command.convert.name:
            return try ConvertCommand(invocation: invocation, input: input, output: output, errors: errors).run()
        case Command.get.name: return try GetCommand(invocation: invocation, output: output).run()
        case Command.monitor.name:
            var monitor = try MonitorCommand(invocation, input: input, output: output, errors: errors)
            return try monitor.run()
        default:
            output.write("vipd \(vipdVersion)\n")
            return ExitCode.success
        }
    }
}
