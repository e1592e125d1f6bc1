// The command line of vipd-web, understood. Deliberately not here: what follows from it (Program.swift).
import VIPControl
import VIPText

/// A command line that makes no sense, in one line with the way out.
struct UsageError: Error, Equatable {
    let message: String
}

/// What a command line asks for.
enum WebInvocation: Equatable {
    case help
    case version
    case serve(WebOptions)
}

struct WebOptions: Equatable {
    /// Nil where none was given: ``ListenAddress/standard``.
    var listen: [ListenAddress]?
    var socketPath = ControlClient.defaultPath

    /// Addresses that may be given.
    private static let mostAddresses = 8
    private static let names = ["--listen", "--socket", "--help", "--version"]

    static let help = """
        vipd-web: show vipd to people and to Prometheus, over HTTP

        Usage: vipd-web [--listen ADDR:PORT]... [--socket PATH]

        Serves / (a page), /metrics, /healthz, /api/status, /api/events and /api/events/stream. It only looks: nothing
        can be changed through it. Whoever can reach it sees the names, addresses and checks of the nodes.

        Options:
          --listen ADDR:PORT  where to listen, as in 0.0.0.0:9210 or [::]:9210; may be repeated
                              (default: 127.0.0.1:9210 and [::1]:9210)
          --socket PATH       the daemon's control socket (default: \(ControlClient.defaultPath))
          --version           print the version
          -h, --help          print this help

        """

    /// Understands `arguments`, those after the program's name.
    static func parse(_ arguments: [String]) throws(UsageError) -> WebInvocation {
        if arguments.contains(where: { $0 == "--help" || $0 == "-h" }) { return .help }
        if arguments == ["--version"] { return .version }
        var options = WebOptions()
        var hasSocket = false
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard names.contains(parts[0]), parts[0] != "--help" else { throw unknown(parts[0]) }
            guard parts[0] != "--version" else {
                throw UsageError(message: "--version goes with nothing else; leave the rest out")
            }
            let attached = parts.count > 1 ? parts[1] : nil
            let value = attached ?? (rest.first?.hasPrefix("--") == false ? rest.popFirst() : nil)
            guard let value, !value.isEmpty else {
                let placeholder = parts[0] == "--listen" ? "ADDR:PORT" : "PATH"
                throw UsageError(message: "\(parts[0]) needs a value: \(parts[0]) \(placeholder)")
            }
            if parts[0] == "--listen" {
                try options.add(value)
            } else {
                guard !hasSocket else { throw UsageError(message: "--socket is given twice; once is enough") }
                hasSocket = true
                options.socketPath = value
            }
        }
        return .serve(options)
    }

    private mutating func add(_ value: String) throws(UsageError) {
        guard let address = ListenAddress(value) else {
            throw UsageError(
                message: "--listen \(value): give an address in numbers and a port from 1 to 65535, "
                    + "as in 127.0.0.1:9210 or [::1]:9210")
        }
        let known = listen ?? []
        guard !known.contains(address) else { throw UsageError(message: "--listen \(value) is given twice") }
        guard known.count < Self.mostAddresses else {
            throw UsageError(message: "--listen may be given \(Self.mostAddresses) times; 0.0.0.0 is every address")
        }
        listen = known + [address]
    }

    private static func unknown(_ word: String) -> UsageError {
        guard word.hasPrefix("-") else {
            return UsageError(message: "'\(word)' is one too many: vipd-web takes options only; see vipd-web --help")
        }
        let hint = Suggestion.nearest(to: word, among: names).map { ", did you mean '\($0)'?" } ?? ";"
        return UsageError(message: "there is no option '\(word)'\(hint) see vipd-web --help")
    }
}
