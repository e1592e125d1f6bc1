// What file, flags and defaults make together.

import Testing
import VIPConfiguration
import VIPWire

@Suite struct LoadTests {
    @Test("One address is all that a file needs, and one flag all that no file needs")
    func shortest() throws {
        let expected = Configuration(groups: [
            GroupConfiguration(
                name: "default", addresses: [.init(192, 168, 1, 210)], link: .bySubnet, priority: 100,
                interval: .milliseconds(100), suspectAfter: .milliseconds(200), leaseSeconds: 3, broadcast: false)
        ])
        #expect(try load("vip: 192.168.1.210\n") == expected)
        #expect(try load("groups: [{addresses: [192.168.1.210]}]") == expected)
        let options = RunOptions(vips: ["192.168.1.210"])
        #expect(try Configuration.load(options: options, readFile: { _ in nil }) == expected)
    }

    @Test("Every key of a group is taken over")
    func fullGroup() throws {
        let configuration = try load(
            """
            node: k8s-controller1
            groups:
              - name: api
                addresses: [192.168.1.210, "192.168.1.211"]
                interface: eth0
                priority: 150
                interval: 50ms
                suspectAfter: 1.5s
                lease: 5s
                broadcast: true
              - name: web
                addresses:
                  - 192.168.1.220
                deviceSelector:
                  physical: true
                  hardwareAddr: 52:54:00:*
                  permanentAddr: 52:54:00:12:34:56
                  busPath: "0000:03:00.*"
                  pciID: 8086:*
                  driver: "*"
            """)
        #expect(configuration.node == "k8s-controller1")
        #expect(
            configuration.groups == [
                GroupConfiguration(
                    name: "api", addresses: [.init(192, 168, 1, 210), .init(192, 168, 1, 211)], link: .named("eth0"),
                    priority: 150, interval: .milliseconds(50), suspectAfter: .milliseconds(1500), leaseSeconds: 5,
                    broadcast: true),
                GroupConfiguration(
                    name: "web", addresses: [.init(192, 168, 1, 220)],
                    link: .selector(
                        DeviceSelector(
                            physical: true, hardwareAddr: "52:54:00:*", permanentAddr: "52:54:00:12:34:56",
                            busPath: "0000:03:00.*", pciID: "8086:*", driver: "*"))),
            ])
    }

    @Test("The keys of a group may stand beside vip, on either side of it")
    func shortForm() throws {
        let group = try load("priority: 7\nvip: [10.0.0.1, 10.0.0.2]\nbroadcast: false\ninterface: eth1\n").groups[0]
        #expect(
            group
                == GroupConfiguration(
                    addresses: [.init(10, 0, 0, 1), .init(10, 0, 0, 2)], link: .named("eth1"), priority: 7))
    }

    @Test("Left out, suspectAfter follows the interval, also one from a flag")
    func suspicionFollowsInterval() throws {
        #expect(try load("vip: 10.0.0.1\ninterval: 1s").groups[0].suspectAfter == .seconds(2))
        let options = RunOptions(interval: "20ms")
        #expect(try load("vip: 10.0.0.1\ninterval: 1s", options).groups[0].suspectAfter == .milliseconds(40))
        #expect(
            refusal("vip: 10.0.0.1\nsuspectAfter: 200ms", RunOptions(interval: "1s"))
                == "vipd.yaml:2:15: suspectAfter 200ms is less than one and a half intervals of 1s; write at least "
                + "1500ms, or leave it out for 2s")
    }

    @Test("Flags override every group and the node's name")
    func overrides() throws {
        let text = """
            node: a
            groups:
              - {name: x, addresses: [10.0.0.1], priority: 7, interface: eth0}
              - {name: y, addresses: [10.0.0.2], deviceSelector: {physical: true}}
            """
        let options = RunOptions(interface: "eth9", node: "b", priority: "200", interval: "1s")
        let configuration = try load(text, options)
        #expect(configuration.node == "b")
        #expect(configuration.groups.map(\.name) == ["x", "y"])
        #expect(configuration.groups.map(\.link) == [.named("eth9"), .named("eth9")])
        #expect(configuration.groups.map(\.priority) == [200, 200])
        #expect(configuration.groups.map(\.interval) == [.seconds(1), .seconds(1)])
    }

    @Test("--vip replaces the addresses of the only group and keeps its other settings")
    func vipFlag() throws {
        let options = RunOptions(vips: ["10.0.0.9", "10.0.0.8"])
        let kept = try load("groups: [{name: api, addresses: [10.0.0.1], priority: 7}]", options).groups
        #expect(
            kept == [
                GroupConfiguration(name: "api", addresses: [.init(10, 0, 0, 9), .init(10, 0, 0, 8)], priority: 7)
            ])
        let short = try load("priority: 7\n", options).groups
        #expect(short.map(\.name) == ["default"])
        #expect(short.map(\.priority) == [7])
        #expect(try load("node: a\n", options).groups.count == 1)
    }

    @Test("--vip is refused beside a file of several groups")
    func vipFlagAmongGroups() {
        let text = "groups: [{name: x, addresses: [10.0.0.1]}, {name: y, addresses: [10.0.0.2]}]"
        #expect(
            refusal(text, RunOptions(vips: ["10.0.0.9"]))
                == "--vip replaces the addresses of a single group, but vipd.yaml has 2 (x, y); remove --vip, or name "
                + "another file with --config")
    }

    @Test("Wrong flags are refused by name, all of them, behind the file's problems")
    func wrongFlags() {
        let options = RunOptions(interface: "a b", node: "", priority: "high", interval: "5")
        #expect(
            refusal("vip: 10.0.0.300", options) == """
                vipd.yaml:1:6: "10.0.0.300" is not an IPv4 address; write four numbers from 0 to 255, like 192.168.1.210
                --interface "a b" is not an interface's name; write 1 to 15 characters without space, slash or colon, like eth0
                --node "" is not a node's name; write 1 to 63 characters of A-Z a-z 0-9 . _ -, like k8s-controller1
                --priority "high" is not a whole number; write one from 1 to 254
                --interval "5" has no unit; write 5ms for milliseconds or 5s for seconds
                """)
    }

    @Test("A wrong file is refused even where a flag would override it")
    func wrongFileUnderFlag() {
        #expect(
            refusal("vip: 10.0.0.1\npriority: 300", RunOptions(vips: ["10.0.0.9"], priority: "7"))
                .hasPrefix("vipd.yaml:2:11:"))
    }

    @Test("The default file may be missing only beside --vip, a named one never")
    func missingFile() {
        var asked: [String] = []
        let reader = { (path: String) throws(ConfigurationError) -> [UInt8]? in
            asked.append(path)
            return nil
        }
        let noFile = #expect(throws: ConfigurationError.self) {
            try Configuration.load(options: RunOptions(), readFile: reader)
        }
        #expect(
            noFile?.description
                == "/etc/vipd/vipd.yaml: there is no such file; write it, or name the address with --vip 192.168.1.210")
        let noNamedFile = #expect(throws: ConfigurationError.self) {
            try Configuration.load(options: RunOptions(configPath: "x.yaml", vips: ["10.0.0.1"]), readFile: reader)
        }
        #expect(noNamedFile?.description == "x.yaml: there is no such file; check the path")
        #expect(asked == ["/etc/vipd/vipd.yaml", "x.yaml"])
    }

    @Test("The default file is read beside --vip if it is there")
    func defaultFile() throws {
        let configuration = try Configuration.load(options: RunOptions(vips: ["10.0.0.9"])) { path in
            path == "/etc/vipd/vipd.yaml" ? Array("priority: 7".utf8) : nil
        }
        #expect(configuration.groups[0].priority == 7)
    }

    @Test("The parts of an error are there one by one")
    func errorParts() {
        let error = #expect(throws: ConfigurationError.self) { try load("groups:\n  - addresses: [192.168.1.300]\n") }
        #expect(error?.file == "vipd.yaml")
        #expect(error?.line == 2)
        #expect(error?.column == 17)
        #expect(
            error?.message
                == "\"192.168.1.300\" is not an IPv4 address; write four numbers from 0 to 255, like 192.168.1.210")
    }

    @Test("realtime is for the whole daemon, off unless it is asked for")
    func realtime() throws {
        #expect(try !load("vip: 192.168.1.210\n").realtime)
        #expect(try load("groups: [{addresses: [192.168.1.210]}]\nrealtime: true\n").realtime)
        #expect(
            refusal("vip: 192.168.1.210\nrealtime: yes\n")
                == "vipd.yaml:2:11: realtime \"yes\" is neither true nor false; write true")
        #expect(
            refusal("groups: [{addresses: [192.168.1.210], realtime: true}]\n")
                == "vipd.yaml:1:39: \"realtime\" belongs at the top of the file: it is for all groups")
    }
}
