// vipsim: runs vipd's election through every fault, shows again what went wrong, and says what many nodes cost.

import Foundation

do {
    switch try Invocation(arguments: Array(CommandLine.arguments.dropFirst())) {
    case .help: say([Invocation.usage])
    case .list: printList()
    case .run(let options): exit(await RunCommand(options: options).perform() ? 0 : 1)
    case .replay(let options): exit(try replay(options) ? 0 : 1)
    case .explore(let options): exit(await explore(options) ? 0 : 1)
    case .scale(let options): exit(await ScaleCommand(options: options).perform() ? 0 : 1)
    }
} catch let error as UsageError {
    complain("\(error.message)\n\n\(Invocation.usage)")
    exit(2)
} catch {
    complain("\(error)")
    exit(1)
}

/// Writes lines on standard output, at once: a pipe's reader sees a violation when it is found.
func say(_ lines: [String]) { FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8)) }

/// Says on standard error what went wrong.
func complain(_ message: String) { FileHandle.standardError.write(Data("vipsim: \(message)\n".utf8)) }
