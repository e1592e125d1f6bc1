import Testing
import VIPSimulator

@testable import vipsim

struct InvocationTests {
    @Test("run takes seeds, a profile, nodes and jobs")
    func run() throws {
        let words = ["run", "--seeds", "5..9", "--profile", "loss", "--nodes", "4", "--jobs", "2"]
        guard case .run(let options) = try Invocation(arguments: words) else {
            Issue.record("run is not understood")
            return
        }
        #expect(options.seeds == 5...9)
        #expect(options.profiles.map(\.name) == ["loss"])
        #expect(options.nodes == 4 && options.jobs == 2)
    }

    @Test("replay takes one seed and the flags of its run")
    func replay() throws {
        let words = ["replay", "--profile", "hang", "17", "--pcap", "x.pcap", "--frames"]
        guard case .replay(let options) = try Invocation(arguments: words) else {
            Issue.record("replay is not understood")
            return
        }
        #expect(options.seed == 17 && options.profile.name == "hang" && options.nodes == nil)
        #expect(options.captureFile == "x.pcap" && options.tellsEveryFrame)
    }

    @Test("explore takes what is to be explored, or one of two sets, and jobs")
    func explore() throws {
        func options(_ words: String...) throws -> ExploreOptions? {
            guard case .explore(let options) = try Invocation(arguments: ["explore"] + words) else { return nil }
            return options
        }
        #expect(try options()?.explorations == Exploration.standard)
        #expect(try options("--jobs", "2")?.explorations == Exploration.standard)
        #expect(try options("--jobs", "2")?.jobs == 2)
        #expect(try options("--exhaustive")?.explorations == Exploration.exhaustive)
        let own = try options("--nodes", "3", "--depth", "9", "--faults", "2", "--from", "boot")
        #expect(own?.explorations == [Exploration(nodes: 3, depth: 9, faults: 2, beginning: .boot)])
    }

    @Test(
        "What makes no sense is an error",
        arguments: [
            ["fly"], ["run", "--seed", "1"], ["run", "--seeds", "9..1"], ["run", "--seeds"], ["run", "--seeds", "x"],
            ["run", "--profile", "none"], ["run", "--nodes", "1"], ["run", "--nodes", "8"], ["replay"],
            ["replay", "1", "2"],
            ["explore", "--exhaustive", "--nodes", "2"], ["explore", "--strict"], ["explore", "--from", "there"],
            ["replay", "one"], ["list", "all"],
        ])
    func nonsense(words: [String]) {
        #expect(throws: UsageError.self) { try Invocation(arguments: words) }
    }
}
