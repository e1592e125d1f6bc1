import Testing

@testable import viplab

@Suite struct RecordTests {
    private let text = """
        owner 100 5000
        namespace vl3f2a-sw
        namespace vl3f2a-c1
        process 101 5001 k8s-controller1
        process 102 5002 client

        """

    @Test("a record names owner, namespaces and processes")
    func wholeRecord() {
        let record = Record(parsing: text)
        #expect(record.owner == ProcessIdentity(pid: 100, startTicks: 5000))
        #expect(record.namespaces == ["vl3f2a-sw", "vl3f2a-c1"])
        #expect(record.processes.map(\.pid) == [101, 102])
    }

    @Test("the run of a living owner is left alone")
    func livingOwner() {
        #expect(Record(parsing: text).leftovers(of: "3f2a") { $0.pid == 100 } == nil)
    }

    @Test("of a dead owner's run, only the processes that are still the same are ended")
    func deadOwner() {
        let left = Record(parsing: text).leftovers(of: "3f2a") { $0 == ProcessIdentity(pid: 102, startTicks: 5002) }
        #expect(left?.processes.map(\.pid) == [102])
        #expect(left?.namespaces == ["vl3f2a-sw", "vl3f2a-c1"])
    }

    @Test("only a directory that bears the run's name is removed")
    func directories() {
        let text =
            "directory /tmp/viplab-3f2a-data\ndirectory /home\ndirectory viplab-3f2a-data\ndirectory /x/a viplab-3f2a-data\n"
        let left = Record(parsing: text).leftovers(of: "3f2a") { _ in false }
        #expect(left?.directories == ["/tmp/viplab-3f2a-data"])
    }

    @Test("a namespace that does not bear the run's name is not removed")
    func foreignNamespace() {
        let left = Record(parsing: "namespace production\nnamespace vl3f2b-c1\n").leftovers(of: "3f2a") { _ in false }
        #expect(left?.namespaces == [])
    }

    @Test(
        "a line that a crash cut short names nothing",
        arguments: ["process 101", "process 101 x name", "process 1 7 init", "process -1 7 all", "namespace", "own"])
    func recordLineCutShort(line: String) {
        let record = Record(parsing: line)
        #expect(record == Record(parsing: ""))
    }

    @Test("the start time is found behind a program name of any kind")
    func startTime() {
        let fields = "S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 200"
        let stat = ProcessStat(state: "S", startTicks: 98765, childTicks: 7 + 8, isShell: false)
        #expect(ProcessStat.parse("42 (a) b) (c) \(fields)") == stat)
        #expect(ProcessStat.parse("42 (sh) \(fields)")?.isShell == true)
        #expect(ProcessStat.parse("42 (sh) (fish) \(fields)")?.isShell == false)
        #expect(ProcessStat.parse("42 (sh") == nil)
    }
}
