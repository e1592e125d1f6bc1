// What becomes of each thing that keepalived's instances have, as vipd reads it in the result.

import Testing
import VIPConfiguration
import VIPHealth
import VIPWire

@testable import VIPConvert

@Suite struct MappingTests {
    @Test("An instance becomes a group with its name, link, priority, interval and addresses")
    func plain() throws {
        let group = try group(
            """
            state BACKUP
            virtual_router_id 51
            priority 150
            advert_int 0.25
            """)
        #expect(group.name == "VI_1")
        #expect(group.addresses == [IPv4Address(192, 168, 1, 210)])
        #expect(group.link == .named("eth0"))
        #expect(group.priority == 150)
        #expect(group.interval == .milliseconds(250))
        #expect(group.preempt)
        #expect(group.checks.isEmpty && group.hooks == HookCommands())
    }

    @Test("What keepalived takes for granted and vipd does not is written out; the rest is left to vipd")
    func defaults() throws {
        let group = try group("")
        #expect(group.preempt, "a better instance preempts unless nopreempt is there")
        #expect(group.interval == Limits.defaultInterval)
        #expect(group.priority == Limits.defaultPriority)
    }

    @Test(
        "Values beyond vipd's bounds become the nearest, and that is told",
        arguments: [
            (
                "priority 255", UInt8(254), Limits.defaultInterval,
                "priority 255, that of the address' owner, becomes 254"
            ),
            ("priority 0", 1, Limits.defaultInterval, "priority 0 becomes 1"),
            ("priority 300", 254, Limits.defaultInterval, "priority 300 becomes 254"),
            ("advert_int 12", 100, .seconds(10), "advert_int 12s becomes 10s"),
            ("advert_int 0.001", 100, .milliseconds(10), "advert_int 1ms becomes 10ms"),
            ("advert_int soon", 100, Limits.defaultInterval, "advert_int: \"soon\" is not a number of seconds"),
            ("priority", 100, Limits.defaultInterval, "priority: there is no number behind it"),
        ])
    func bounds(line: String, priority: UInt8, interval: Duration, note: String) throws {
        let conversion = try convert(instance(line))
        let group = try #require(try load(conversion).groups.first)
        #expect(group.priority == priority)
        #expect(group.interval == interval)
        #expect(conversion.notes.contains { $0.description.hasPrefix("/etc/k.conf:6: \(note)") })
    }

    @Test("nopreempt turns preemption off, unless state MASTER makes it void; preempt_delay is carried over")
    func preemption() throws {
        #expect(try !group("nopreempt").preempt)
        #expect(try group("state MASTER\nnopreempt").preempt)
        #expect(try notes(instance("state MASTER\nnopreempt")).contains { $0.contains("nopreempt has no effect") })
        #expect(try group("preempt_delay 4.5").preemptDelay == .milliseconds(4500))
        #expect(try group("nopreempt\npreempt").preempt)
    }

    @Test("down_timer_adverts becomes suspectAfter where vipd can wait so long")
    func suspicion() throws {
        #expect(try group("advert_int 2\ndown_timer_adverts 4").suspectAfter == .seconds(8))
        #expect(try group("advert_int 2\ndown_timer_adverts 1").suspectAfter == .seconds(4))
        #expect(try notes(instance("advert_int 9\ndown_timer_adverts 7")).contains { $0.contains("is left out") })
    }

    @Test("The least time between gratuitous ARPs becomes a pace")
    func pace() throws {
        #expect(try group("", beside: "global_defs {\nvrrp_garp_interval 0.1\n}\n").pace == 10)
        #expect(try group("", beside: "global_defs {\nvrrp_garp_interval 0\n}\n").pace == nil)
    }

    @Test("router_id becomes the node's name, in letters that a name may have")
    func node() throws {
        #expect(try configuration("global_defs {\nrouter_id lvs-1\n}\n" + instance("")).node == "lvs-1")
        #expect(try configuration("global_defs {\nrouter_id \"my höst\"\n}\n" + instance("")).node == "my-h-st")
    }

    @Test("Names that vipd does not take, or that come out alike, become others")
    func names() throws {
        let long = String(repeating: "x", count: 40)
        let names = ["\"VI 1\"", "VI-1", long, long + "y", "\"..\""]
        let text = names.enumerated().map { instance("", name: $1, address: "10.0.0.\($0 + 1)") }.joined()
        let prefix = String(repeating: "x", count: 30)
        #expect(
            try configuration(text).groups.map(\.name) == ["VI-1", "VI-1-2", prefix + "xx", prefix + "-2", "group"])
    }

    @Test(
        "Each form of an address is understood",
        arguments: [
            "192.168.1.210", "192.168.1.210/24", "192.168.1.210/24 brd 192.168.1.255 dev eth0 scope link label eth0:1",
            "192.168.1.210 dev eth0 no_track", "\"192.168.1.210/24\" label \"eth0:1\"",
        ])
    func addresses(_ text: String) throws {
        #expect(try configuration(instance("", address: text)).groups[0].addresses == [IPv4Address(192, 168, 1, 210)])
    }

    @Test("Addresses that vipd cannot have are named and left out")
    func refusedAddresses() throws {
        let address = """
            10.0.0.1
            10.0.0.1/24
            10.0.0.2 dev eth1
            fe80::1/64
            224.0.0.1
            10.0.0.256
            """
        let conversion = try convert(instance("virtual_ipaddress_excluded {\n10.0.0.9\n}", address: address))
        #expect(try load(conversion).groups[0].addresses == [IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 9)])
        let words = [
            ":5: 10.0.0.1 stands here again", ":6: 10.0.0.2 on another link, eth1,", ":7: IPv6 addresses",
            ":8: 224.0.0.1 is no address", ":9: \"10.0.0.256\" is no address",
        ]
        for word in words {
            #expect(conversion.notes.contains { $0.description.hasPrefix("/etc/k.conf\(word)") }, "\(word)")
        }
    }

    @Test("An address is in one group only, and an instance without any makes none")
    func sharedAddresses() throws {
        let text = instance("", name: "A") + instance("", name: "B") + instance("", name: "C", address: "10.0.0.1")
        let conversion = try convert(text)
        #expect(try load(conversion).groups.map(\.name) == ["A", "C"])
        #expect(conversion.notes.map(\.message).contains("192.168.1.210 is in another instance already"))
    }

    @Test("An instance without a link, or with one that is none, leaves it to vipd to find it")
    func withoutLink() throws {
        let text = "vrrp_instance A {\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n"
        #expect(try configuration(text).groups[0].link == .bySubnet)
        #expect(
            try configuration(text.replacing("10.0.0.1", with: "10.0.0.1 dev eth7")).groups[0].link == .named("eth7"))
        let odd = "vrrp_instance A {\ninterface eth0:1\nvirtual_ipaddress {\n10.0.0.1\n}\n}\n"
        #expect(try configuration(odd).groups[0].link == .bySubnet)
    }

    // Sync groups.

    private static func syncGroup(_ lines: String = "") -> String {
        "vrrp_sync_group G1 {\ngroup {\nA\nB\n}\n\(lines)\n}\n"
    }

    @Test("Instances that a sync group holds together on one link become one group")
    func syncGroup() throws {
        let text =
            Self.syncGroup("notify_master /usr/bin/up") + instance("priority 7", name: "A", address: "10.0.0.1")
            + instance("priority 7\nnotify_master /usr/bin/own", name: "B", address: "10.0.0.2")
            + instance("", name: "C", address: "10.0.0.3")
        let conversion = try convert(text)
        let groups = try load(conversion).groups
        #expect(groups.map(\.name) == ["G1", "C"])
        #expect(groups[0].addresses == [IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 2)])
        #expect(groups[0].priority == 7)
        #expect(groups[0].hooks.acquired == ["/usr/bin/up"])
        #expect(conversion.notes.contains { $0.message.contains("vipd runs one program for each hook") })
    }

    @Test("Instances of a sync group on several links stay groups of their own, with its scripts, and that is told")
    func syncGroupOfLinks() throws {
        let other = instance("", name: "B", address: "10.0.0.2").replacing("eth0", with: "eth1")
        let conversion = try convert(
            Self.syncGroup("notify_fault /usr/bin/fault") + instance("", name: "A", address: "10.0.0.1") + other)
        let groups = try load(conversion).groups
        #expect(groups.map(\.name) == ["A", "B"])
        #expect(groups.map(\.hooks.fault) == [["/usr/bin/fault"], ["/usr/bin/fault"]])
        #expect(conversion.notes.contains { $0.message.contains("are on more than one link") })
    }

    @Test("A sync group names members that are there, and no instance twice")
    func syncGroupErrors() throws {
        let text =
            Self.syncGroup() + Self.syncGroup().replacing("G1", with: "G2")
            + instance("", name: "A", address: "10.0.0.1")
        let found = try notes(text)
        #expect(found.contains("/etc/k.conf:4, 11: there is no vrrp_instance \"B\" for the sync group"))
        #expect(found.contains { $0.hasPrefix("/etc/k.conf:8: an instance of the sync group is in another one") })
        #expect(try configuration(text).groups.map(\.name) == ["G1"] || configuration(text).groups.map(\.name) == ["A"])
    }

    // Checks.

    private static func script(_ lines: String, name: String = "web") -> String {
        "vrrp_script \(name) {\n\(lines)\n}\n"
    }

    private static let tracking = "track_script {\nweb\n}"

    @Test("A tracked script becomes a check with its times and counts, or keepalived's where it has none")
    func scripts() throws {
        let full = try group(
            Self.tracking,
            beside: Self.script(
                "script \"/usr/bin/check 'a b' c\"\ninterval 5\ntimeout 2.5\nrise 3\nfall 4\nuser nobody\nweight -20"))
        #expect(
            full.checks == [
                CheckSpecification(
                    name: "web", probe: .exec(["/usr/bin/check", "a b", "c"]), interval: .seconds(5),
                    timeout: .milliseconds(2500), rise: 3, fall: 4)
            ])
        let bare = try group(Self.tracking, beside: Self.script("script /usr/bin/check"))
        #expect(
            bare.checks == [
                CheckSpecification(
                    name: "web", probe: .exec(["/usr/bin/check"]), interval: .seconds(1), timeout: .seconds(1), rise: 1,
                    fall: 1)
            ])
    }

    @Test("What only a shell runs is given to one, and bash's way to try a port becomes a check of that port")
    func shells() throws {
        func probe(_ script: String) throws -> CheckSpecification.Probe? {
            try group(Self.tracking, beside: Self.script("script \(script)")).checks.first?.probe
        }
        #expect(try probe("\"pgrep -x haproxy\"") == .exec(["/bin/sh", "-c", "pgrep -x haproxy"]))
        #expect(try probe("\"/bin/true && /bin/false\"") == .exec(["/bin/sh", "-c", "/bin/true && /bin/false"]))
        #expect(try probe("\"</dev/tcp/127.0.0.1/80\"") == .tcp(host: "127.0.0.1", port: 80))
        #expect(try probe("\"</dev/tcp/127.0.0.1/port\"") == .exec(["/bin/sh", "-c", "</dev/tcp/127.0.0.1/port"]))
    }

    @Test("A look for a process that would fail without root's privileges becomes one that does not, or is named")
    func privileges() throws {
        func checked(_ script: String) throws -> (probe: CheckSpecification.Probe?, notes: [String]) {
            let conversion = try convert(Self.script("script \"\(script)\"") + instance(Self.tracking))
            return (try load(conversion).groups[0].checks.first?.probe, conversion.notes.map(\.description))
        }
        let looked = try checked("killall -0 a-process-with-a-long-name")
        #expect(looked.probe == .exec(["/usr/bin/pgrep", "-x", "a-process-with-"]))
        #expect(looked.notes.contains { $0.hasPrefix("/etc/k.conf:2: killall -0 becomes pgrep -x") })
        let kept = try checked("kill -0 `cat /run/haproxy.pid`")
        #expect(kept.probe == .exec(["/bin/sh", "-c", "kill -0 `cat /run/haproxy.pid`"]))
        #expect(kept.notes.contains { $0.hasPrefix("/etc/k.conf:2: kill -0 and killall -0 fail") })
    }

    @Test("Another interface that is tracked becomes a check of its carrier; the group's own needs none")
    func interfaces() throws {
        let group = try group("track_interface {\neth0\neth1\neth2 weight -2\neth3 weight 2 reverse\n}")
        #expect(group.checks.map(\.name) == ["link-eth1", "link-eth2"])
        #expect(group.checks[0].probe == .exec(["/bin/grep", "-q", "1", "/sys/class/net/eth1/carrier"]))
    }

    @Test("A script that is not there, that nothing watches, or that says the reverse is named")
    func scriptErrors() throws {
        let text =
            Self.script("script /bin/true", name: "unused") + Self.script("interval 1")
            + Self.script("script /bin/true\nweight 10 reverse", name: "odd")
            + instance("track_script {\nweb\nmissing\nodd\n}")
        let conversion = try convert(text)
        #expect(try load(conversion).groups[0].checks.isEmpty)
        let words = [
            ":1: vrrp_script \"unused\" is watched by no group", ":4: vrrp_script \"web\" names no script",
            ":18: there is no vrrp_script \"missing\"", ":19: reverse is not carried over",
        ]
        for word in words {
            #expect(conversion.notes.contains { $0.description.hasPrefix("/etc/k.conf\(word)") }, "\(word)")
        }
    }

    // Hooks.

    @Test("Scripts that tell of changes become hooks, with their arguments")
    func hooks() throws {
        let group = try group(
            """
            notify_master "/etc/vrrp.sh MASTER VI_1" root
            notify_backup "/etc/vrrp.sh BACKUP VI_1"
            notify_fault /etc/fault.sh root root
            """)
        #expect(group.hooks.acquired == ["/etc/vrrp.sh", "MASTER", "VI_1"])
        #expect(group.hooks.released == ["/etc/vrrp.sh", "BACKUP", "VI_1"])
        #expect(group.hooks.fault == ["/etc/fault.sh"])
    }

    @Test("The script for any change becomes every hook that has none, with keepalived's four arguments")
    func notify() throws {
        let plain = try group("priority 50\nnotify /etc/any.sh\nnotify_fault /etc/fault.sh")
        #expect(plain.hooks.acquired == ["/etc/any.sh", "INSTANCE", "VI_1", "MASTER", "50"])
        #expect(plain.hooks.released == ["/etc/any.sh", "INSTANCE", "VI_1", "BACKUP", "50"])
        #expect(plain.hooks.fault == ["/etc/fault.sh"])
        let shell = try group("notify \"any.sh | logger\"")
        #expect(
            shell.hooks.acquired == [
                "/bin/sh", "-c", "any.sh | logger \"$@\"", "sh", "INSTANCE", "VI_1", "MASTER", "100",
            ])
    }

    @Test("A program that vipd would refuse is left out, and that is told")
    func longPrograms() throws {
        let text = instance("notify_master \"/bin/true \(String(repeating: "x", count: 5000))\"")
        #expect(try configuration(text).groups[0].hooks.acquired == nil)
        #expect(try notes(text).contains { $0.contains("the hook acquired is left out: it is longer") })
        #expect(try notes(instance("notify_master \"/bin/true \\000\"")).contains { $0.contains("it has a NUL in it") })
    }
}
