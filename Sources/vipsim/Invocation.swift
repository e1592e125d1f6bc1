// One command line, understood. Deliberately not here: doing it.

import VIPSimulator

/// A command line that makes no sense: exit 2.
struct UsageError: Error {
    let message: String
}

/// What a user asks for.
enum Invocation {
    case help
    /// The profiles and the properties.
    case list
    case run(RunOptions)
    case replay(ReplayOptions)
    case explore(ExploreOptions)
    case scale(ScaleOptions)

    static let usage = """
        usage: vipsim run [--seeds FIRST..LAST] [--profile NAME] [--nodes N] [--jobs N]
               vipsim replay SEED [--profile NAME] [--nodes N] [--pcap FILE] [--frames]
               vipsim explore [--jobs N] [--exhaustive]
               vipsim explore [--nodes N] [--depth D] [--faults K] [--members N] [--strict] [--from boot|settled]
               vipsim scale [--nodes N]... [--addresses A]... [--interval DUR]... [--cuts N] [--jobs N]
               vipsim list

        run     runs seeds (1..1000) of one profile or of all, on as many processors as there are;
                exit 1 if a property did not hold, with the command that shows it again
        replay  tells one run (profile everything): a line for each thing that happened;
                --frames tells every frame too, --pcap records the frames for Wireshark
        explore tries everything that 2 or 3 nodes and K faults can come to within D probe spacings: every order
                of what happens at one time, every fault at every place. Without arguments a standard set, in two
                minutes of two processors; --exhaustive goes farther, takes hours and gigabytes of memory; with
                others, --nodes 2 --depth 60 --faults 1 unless they say otherwise. Exit 1 if a property did not
                hold, with the shortest way to it
        scale   what segments of 2 to 256 nodes cost: frames and bits a second, a claim's broadcasts, CPU, and
                takeovers (median of 15 power cuts), on paper and counted; 3, 5, 16, 50 and 100 nodes with 1 to
                10000 addresses at 10ms, 100ms and 1s unless told otherwise. Exit 1 if counts are not the model's
        list    the profiles, and the properties that every run is checked for

        run and replay take 2 to 7 nodes; without --nodes the seed decides.
        """

    init(arguments: [String]) throws(UsageError) {
        var words = arguments[...]
        switch words.popFirst() {
        case nil, "help", "--help", "-h": self = .help
        case "list":
            guard words.isEmpty else { throw UsageError(message: "list takes no arguments") }
            self = .list
        case "run": self = .run(try RunOptions(words))
        case "replay": self = .replay(try ReplayOptions(words))
        case "scale": self = .scale(try ScaleOptions(words))
        case "explore": self = .explore(try ExploreOptions(words))
        case .some(let other): throw UsageError(message: "unknown command \(other)")
        }
    }
}

/// What is to be run.
struct RunOptions {
    var seeds: ClosedRange<UInt64> = 1...1000
    var profiles = Profile.all
    var nodes: Int?
    var jobs: Int?

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        var words = arguments
        while let flag = words.popFirst() {
            switch flag {
            case "--seeds": seeds = try Self.seeds(try value(of: flag, in: &words))
            case "--profile": profiles = [try named(try value(of: flag, in: &words))]
            case "--nodes": nodes = try number(try value(of: flag, in: &words), of: flag, in: 2...7)
            case "--jobs": jobs = try number(try value(of: flag, in: &words), of: flag, in: 1...1024)
            default: throw UsageError(message: "unknown argument \(flag)")
            }
        }
    }

    private static func seeds(_ text: String) throws(UsageError) -> ClosedRange<UInt64> {
        let parts = text.split(separator: "..", omittingEmptySubsequences: false)
        if parts.count == 2, let first = UInt64(parts[0]), let last = UInt64(parts[1]), first <= last {
            return first...last
        }
        throw UsageError(message: "--seeds takes FIRST..LAST, as in 1..10000, not \(text)")
    }
}

/// What is to be shown again.
struct ReplayOptions {
    var seed: UInt64 = 0
    var profile: Profile = .everything
    var nodes: Int?
    var captureFile: String?
    var tellsEveryFrame = false

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        var words = arguments
        var seed: UInt64?
        while let word = words.popFirst() {
            switch word {
            case "--profile": profile = try named(try value(of: word, in: &words))
            case "--nodes": nodes = try number(try value(of: word, in: &words), of: word, in: 2...7)
            case "--pcap": captureFile = try value(of: word, in: &words)
            case "--frames": tellsEveryFrame = true
            default:
                guard seed == nil, let number = UInt64(word) else {
                    throw UsageError(message: "unknown argument \(word); replay takes one seed")
                }
                seed = number
            }
        }
        guard let seed else { throw UsageError(message: "replay takes a seed") }
        self.seed = seed
    }
}

func value(of flag: String, in words: inout ArraySlice<String>) throws(UsageError) -> String {
    guard let value = words.popFirst() else { throw UsageError(message: "\(flag) takes a value") }
    return value
}

func number(_ text: String, of flag: String, in range: ClosedRange<Int>) throws(UsageError) -> Int {
    guard let number = Int(text), range.contains(number) else {
        throw UsageError(message: "\(flag) takes a number from \(range.lowerBound) to \(range.upperBound), not \(text)")
    }
    return number
}

private func named(_ name: String) throws(UsageError) -> Profile {
    guard let profile = Profile.named(name) else {
        let names = Profile.all.map(\.name).joined(separator: ", ")
        throw UsageError(message: "there is no profile \(name); there are \(names)")
    }
    return profile
}
