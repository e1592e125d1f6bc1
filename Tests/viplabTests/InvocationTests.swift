import Testing

@testable import viplab

@Suite struct InvocationTests {
    @Test("options take their value as the next word or after an equals sign")
    func optionValues() throws {
        let invocation = try Invocation([
            "bench", "--runs", "20", "--interval=100ms,10ms", "--only", "kill", "--only", "hang",
        ])
        #expect(invocation.command == .bench)
        #expect(try invocation.number(.runs, in: 1...1000, default: 10) == 20)
        #expect(try invocation.intervals(.intervals) == [.milliseconds(100), .milliseconds(10)])
        #expect(invocation.all(.measure) == ["kill", "hang"])
        #expect(invocation.last(.output) == nil)
    }

    @Test(
        "a mistake is named, with the way out",
        arguments: [
            (["demmo"], "unknown command demmo; did you mean demo?"),
            (["bench", "--run", "3"], "unknown option --run of viplab bench; did you mean --runs?"),
            (["clean", "--all"], "unknown option --all of viplab clean; it takes none"),
            (["bench", "--runs"], "--runs needs a value; see: viplab help bench"),
            (["fault", "cut"], "usage: viplab fault WHAT NODE [--lab ID]"),
            ([], "no command; try: viplab demo"),
        ])
    func mistakes(arguments: [String], message: String) {
        let error = #expect(throws: UsageError.self) { try Invocation(arguments) }
        #expect(error?.description == message)
    }

    @Test("a number out of its range is refused", arguments: ["1", "17", "three", ""])
    func numberOutOfRange(text: String) throws {
        let invocation = try Invocation(["demo", "--nodes", text])
        #expect(throws: UsageError.self) { try invocation.number(.nodes, in: Plan.nodeCounts, default: 3) }
    }

    @Test(
        "an interval that vipd would refuse is refused",
        arguments: ["9ms", "11s", "100", "fast", "100ms,", "-5s", "nans"])
    func intervalOutOfRange(text: String) throws {
        let invocation = try Invocation(["bench", "--interval", text])
        #expect(throws: UsageError.self) { try invocation.intervals(.intervals) }
    }

    @Test(
        "planned departures are watched for 5,000 attempts, however many runs there are", arguments: [1, 3, 10, 1000])
    func plannedDeparturesAreWatched(runs: Int) {
        #expect(Measure.stop.rest(of: runs) * runs >= ClientLog.every * 5_000)
        #expect(Measure.move.rest(of: runs) >= .milliseconds(500))
    }

    @Test("a daemon without a command to move the VIP is not measured at it")
    func moveIsVipdOnly() {
        let keepalived = KeepalivedDaemon(binary: "/usr/sbin/keepalived", interval: .seconds(1))
        let vipd = VipdDaemon(binary: "/usr/bin/vipd", chosenInterval: nil)
        #expect(!Measure.move.applies(to: keepalived) && !Measure.moveReset.applies(to: keepalived))
        #expect(Measure.stopReset.applies(to: keepalived) && Measure.move.applies(to: vipd))
    }

    @Test("a service that dies is measured with a check of it, and with nothing else")
    func sickServiceIsChecked() throws {
        let keepalived = KeepalivedDaemon(binary: "/usr/sbin/keepalived", interval: .seconds(1))
        let vipd = VipdDaemon(binary: "/usr/bin/vipd", chosenInterval: nil)
        #expect(!Measure.sickService.applies(to: keepalived))
        let checking = try #require(Measure.sickService.setUp(vipd) as? VipdDaemon)
        #expect(checking.configuration?.contains("checks:") == true)
        #expect((Measure.powerCut.setUp(vipd) as? VipdDaemon)?.configuration == nil)
    }

    @Test("keys of a group stand where YAML wants them")
    func groupFile() {
        #expect(
            VipdDaemon.group("preempt: true\npreemptDelay: 1s") == """
                groups:
                  - name: default
                    addresses: [192.168.1.210]
                    interface: eth0
                    preempt: true
                    preemptDelay: 1s

                """)
    }

    @Test("help is found however it is asked for")
    func askingForHelp() throws {
        #expect(try Invocation(["--help"]).command == .help)
        #expect(try Invocation(["bench", "--runs", "--help"]).words == ["bench"])
    }

    @Test("a node goes by its number or its name", arguments: [("2", 2), ("controller3", 3), ("k8s-controller1", 1)])
    func nodeNames(text: String, number: Int) {
        #expect(Plan.number(ofNode: text, among: 3) == number)
    }

    @Test("what is no node is none", arguments: ["0", "4", "", "client", "controller"])
    func noNode(text: String) {
        #expect(Plan.number(ofNode: text, among: 3) == nil)
    }
}
