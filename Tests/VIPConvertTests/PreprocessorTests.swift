// Comments, includes, conditions and definitions, as keepalived.conf(5) has them.

import Testing
import VIPConfiguration
import VIPWire

@testable import VIPConvert

@Suite struct PreprocessorTests {
    @Test("A comment begins with # or !, not in double quotes, and not behind a backslash")
    func comments() throws {
        let text = """
            ! the first line
            vrrp_instance VI_1 { # behind a brace
                interface eth0 ! behind a word
                virtual_ipaddress {
                    192.168.1.210#without a blank
                }
                notify_master "/usr/bin/logger a#b !c"
                notify_backup '/usr/bin/logger \\#d'
            }
            """
        let group = try #require(try configuration(text).groups.first)
        #expect(group.hooks.acquired == ["/usr/bin/logger", "a#b", "!c"])
        #expect(group.hooks.released == ["/usr/bin/logger", "#d"])
        #expect(group.link == .named("eth0"))
    }

    @Test("Lines that end with CR LF, tabs, and a byte order mark change nothing")
    func lineEnds() throws {
        let text = instance("priority 50\n\tadvert_int 2")
        let plain = try configuration(text)
        #expect(try configuration(text.replacing("\n", with: "\r\n")) == plain)
        #expect(try configuration("\u{FEFF}" + text) == plain)
    }

    @Test("A brace may stand in the line of its word, in the next one, and beside what is in the block")
    func braces() throws {
        let texts = [
            "vrrp_instance VI_1 {\ninterface eth0\nvirtual_ipaddress {\n10.0.0.9\n}\n}\n",
            "vrrp_instance VI_1\n{\ninterface eth0\nvirtual_ipaddress\n{\n10.0.0.9\n}\n}",
            "vrrp_instance VI_1{\ninterface eth0\nvirtual_ipaddress { 10.0.0.9 } }",
        ]
        for text in texts { #expect(try configuration(text) == configuration(texts[0])) }
    }

    @Test("An include is read where it stands, seen from the folder of the file that has it")
    func includes() throws {
        let files = [
            "/etc/conf.d/a.conf": instance("include deeper/priority", name: "A", address: "10.0.0.1"),
            "/etc/conf.d/b.conf": instance("", name: "B", address: "10.0.0.2"),
            "/etc/conf.d/deeper/priority": "priority 7\n",
        ]
        for word in ["include", "includer", "includem", "includew", "includeb", "includea"] {
            let groups = try configuration("\(word) conf.d/*.conf\n", files: files).groups
            #expect(groups.map(\.name) == ["A", "B"])
            #expect(groups.map(\.priority) == [7, 100])
        }
    }

    @Test("Notes name the file in which something stands")
    func notesOfIncludes() throws {
        let conversion = try convert(
            instance("include more"), files: ["/etc/more": "\n\tno_accept\n"])
        #expect(conversion.notes.contains { $0.description.hasPrefix("/etc/more:2: no_accept: ") })
    }

    @Test("A file that is not there, that includes itself, or that no pattern matches is told at its include")
    func includeErrors() throws {
        #expect(
            refusal("\n  include more.conf\n")
                == "/etc/k.conf:2:3: cannot include \"/etc/more.conf\": there is no such file; check the path")
        #expect(
            refusal("include a\n", files: ["/etc/a": "x\ninclude k.conf\n"])
                == "/etc/a:2:1: cannot include \"/etc/k.conf\": it includes itself; remove one of the two lines")
        #expect(
            refusal("includew none/*\n") == "/etc/k.conf:1:1: \"/etc/none/*\" matches no file; check the pattern")
        #expect(refusal("include\n").hasPrefix("/etc/k.conf:1:1: include names no file"))
        #expect(
            try notes("include none/*\n" + instance("")).contains(
                "/etc/k.conf:1: the pattern \"/etc/none/*\" matches no file"))
    }

    @Test("Files that include each other without end are refused, be they many or deep")
    func includeBombs() {
        var deep: [String: String] = [:]
        for number in 0..<20 { deep["/etc/\(number)"] = "include \(number + 1)\n" }
        #expect(refusal("include 0\n", files: deep).contains("too many files"))
        var wide: [String: String] = ["/etc/10": ""]
        for number in 0..<10 {
            wide["/etc/\(number)"] = String(repeating: "include \(number + 1)\n", count: 10)
        }
        #expect(refusal("include 0\n", files: wide).contains("too many files"))
    }

    @Test("A line behind @NAME counts where that is the name of this machine, and behind @^NAME where it is not")
    func conditions() throws {
        let text = instance("@high priority 200\n@low priority 50\n@^high nopreempt\n@high")
        let high = try configuration(text, configID: "high").groups[0]
        #expect(high.priority == 200 && high.preempt)
        let low = try configuration(text, configID: "low").groups[0]
        #expect(low.priority == 50 && !low.preempt)
        #expect(try configuration(text, configID: "else").groups[0].priority == 100)
    }

    @Test("A definition stands for its value, which may have others in it that are looked up where it is used")
    func definitions() throws {
        let text = """
            $BASE=10.2.${SUB}
            $SUB=0
            $IF=eth0
            $WHERE=@main
            vrrp_instance VI_1 {
                interface $IF
                $WHERE priority 42
                virtual_ipaddress {
                    ${BASE}.100/32
                    $SUB=10
                    ${BASE}.100/32
                }
                notify_master "/usr/bin/logger $UNDEFINED ${UNDEFINED} ${_INSTANCE} ${_PWD} ${_HASH}${_BANG}"
            }
            """
        let group = try #require(try configuration(text).groups.first)
        #expect(group.addresses.map(\.description) == ["10.2.0.100", "10.2.10.100"])
        #expect(group.priority == 42)
        // What is not defined stays, and so a shell has to see it.
        #expect(group.hooks.acquired?.last == "/usr/bin/logger $UNDEFINED ${UNDEFINED} main /etc #!")
    }

    @Test("A definition of several lines is a template")
    func templates() throws {
        let text = """
            $INSTANCE= \\
            vrrp_instance VI_${NUM} { \\
                interface eth0.${NUM} \\
                @main priority 130 \\
                @other priority 120 \\
                virtual_ipaddress { \\
                    10.0.${NUM}.254/24 \\
                } \\
            }
            $NUM=1
            $INSTANCE
            $NUM=2
            $INSTANCE
            """
        let groups = try configuration(text).groups
        #expect(groups.map(\.name) == ["VI_1", "VI_2"])
        #expect(groups.map(\.link) == [.named("eth0.1"), .named("eth0.2")])
        #expect(groups.map(\.addresses.first?.description) == ["10.0.1.254", "10.0.2.254"])
        #expect(groups.map(\.priority) == [130, 130])
    }

    @Test(
        "A definition that stands for itself, or for too much, is refused where it is used",
        arguments: [
            "$A=${A}x\n$A\n", "$A=${B}\n$B=${A}\n$A\n", "$A= \\\n${A} \\\n${A}\n$A\n",
            "$A=" + String(repeating: "x", count: 9000) + "\n${A}${A}\n",
        ])
    func endless(_ text: String) {
        #expect(refusal(text).contains("stands for too much, or for itself; check its definition"))
    }

    @Test("Definitions that double each other come to an end")
    func doubling() {
        var text = "$A0= \\\nxxxxxxxxxxxxxxxx \\\nyyyyyyyyyyyyyyyy\n"
        for number in 1...30 { text += "$A\(number)= \\\n${A\(number - 1)} \\\n${A\(number - 1)}\n" }
        #expect(refusal(text + "$A30\n").contains("check its definition"))
    }

    @Test("Lines that a sequence or a list would make are named")
    func sequences() throws {
        let text = "~SEQ(NUM, 1, 3) word ${NUM}\n" + instance("~LST(A, 1, 2) accept")
        #expect(
            try notes(text).first
                == "/etc/k.conf:1, 7: lines that begin with ~SEQ or ~LST are not unrolled: write out what they stand for, "
                + "and convert again")
    }
}
