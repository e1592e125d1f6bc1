import Testing

@testable import viplab

@Suite struct FrugalityTests {
    private static let smaps = """
        5581a000-5581b000 r-xp 00000000 fe:00 123 /usr/bin/vipd
        Size:               8000 kB
        Rss:                3000 kB
        Pss:                1500 kB
        Pss_Dirty:             0 kB
        VmFlags: rd ex mr mw me
        5582a000-5582b000 r--p 00a00000 fe:00 123 /usr/bin/vipd
        Pss:                 260 kB
        5583a000-5583b000 rw-p 00b00000 fe:00 123 /usr/bin/vipd
        Pss:                 128 kB
        5584a000-5584b000 rw-p 00000000 00:00 0 [heap]
        Pss:                  92 kB
        7f000000-7f001000 rw-p 00000000 00:00 0
        Pss:                 200 kB
        7f100000-7f101000 rw-s 00000000 00:08 77 socket:[4711]
        Pss:                 292 kB
        7f200000-7f201000 r-xp 00000000 fe:00 5 /usr/lib/x86_64-linux-gnu/libc.so.6
        Pss:                  25 kB
        7ffe0000-7ffe1000 rw-p 00000000 00:00 0 [stack]
        Pss:                  60 kB
        7fff0000-7fff1000 r-xp 00000000 00:00 0 [vdso]
        Pss:                   4 kB
        """

    @Test("memory counts for the kind that its mapping is of, and all of it for the total")
    func kinds() {
        let mappings = Mappings(smaps: Self.smaps, program: "/usr/bin/vipd")
        #expect(
            mappings.pssKB == [
                .program: 1500, .data: 388, .heap: 292, .rings: 292, .libraries: 25, .stack: 60, .other: 4,
            ])
        #expect(mappings.total == 2561)
    }

    @Test("the table has a column for each daemon, and no line for what none has")
    func table() {
        let one = Mappings(smaps: Self.smaps, program: "/usr/bin/vipd")
        let other = Mappings(smaps: "5584a000-5584b000 rw-p 00000000 00:00 0 [heap]\nPss: 7 kB", program: "")
        let lines = FootprintTable.lines([("vipd", one), ("other", other)])
        #expect(lines[0] == "| PSS of one node, KB | vipd | other |")
        #expect(lines.contains("| heap | 292 | 7 |"))
        #expect(lines.last == "| **all** | **2561** | **7** |")
        #expect(!FootprintTable.lines([("other", other)]).contains { $0.hasPrefix("| stack") })
    }

    @Test("the ratio of two jitters is that of the same share of each")
    func jitter() {
        let without = (1...100).map { Double($0) * 10 }
        let lines = JitterBench.lines(without: without, with: [10, 20, 30, 40])
        #expect(lines[4] == "| without realtime | 100 | 500 | 990 | 1000 |")
        #expect(lines[5] == "| realtime | 4 | 20 | 40 | 40 |")
        #expect(lines[6] == "| ratio | | 0.040 | 0.040 | 0.040 |")
        #expect(JitterBench.lines(without: [], with: []).last == "| ratio | | - | - | - |")
    }
}
