// Checks, hooks and what belongs to them: what is taken over, and what is refused with which words.

import Testing
import VIPConfiguration
import VIPHealth

@Suite struct HealthTests {
    private func group(_ keys: String) throws -> GroupConfiguration {
        try #require(try load("vip: 192.168.1.210\n\(keys)").groups.first)
    }

    @Test("Every kind of check is taken over with its settings")
    func checks() throws {
        let group = try group(
            """
            checks:
              - name: apiserver
                https:
                  url: https://127.0.0.1:6443/livez
                  status: [200, 401-403]
                  body: ok
                  caFile: /etc/kubernetes/pki/ca.crt
                  certFile: /etc/vipd/client.crt
                  keyFile: /etc/vipd/client.key
                interval: 2s
                timeout: 250ms
                rise: 1
                fall: 5
              - http: http://127.0.0.1:8080/healthz
              - tcp: 127.0.0.1:6443
              - {name: ipv6, tcp: "[::1]:6443"}
              - exec: [/usr/bin/test, -e, /run/ready]
            """)
        #expect(
            group.checks == [
                CheckSpecification(
                    name: "apiserver",
                    probe: .http(
                        HTTPProbe(
                            urls: ["https://127.0.0.1:6443/livez"], statuses: [200...200, 401...403], body: "ok",
                            caFile: "/etc/kubernetes/pki/ca.crt", certificateFile: "/etc/vipd/client.crt",
                            keyFile: "/etc/vipd/client.key")),
                    interval: .seconds(2), timeout: .milliseconds(250), rise: 1, fall: 5),
                CheckSpecification(
                    name: "http", probe: .http(HTTPProbe(urls: ["http://127.0.0.1:8080/healthz"]))),
                CheckSpecification(name: "tcp", probe: .tcp(host: "127.0.0.1", port: 6443)),
                CheckSpecification(name: "ipv6", probe: .tcp(host: "::1", port: 6443)),
                CheckSpecification(name: "exec", probe: .exec(["/usr/bin/test", "-e", "/run/ready"])),
            ])
    }

    @Test("Whatever the file may say, the checker takes")
    func sameBounds() throws {
        let group = try group("checks: [{kubernetes: {}}, {etcd: {}}, {tcp: \"localhost:1\"}, {exec: /bin/true}]")
        #expect(group.checks.count == 4)
        for check in group.checks { #expect(check.objection == nil) }
    }

    @Test("The ready-made checks need no keys, and take what differs here")
    func readyMade() throws {
        #expect(try group("checks: [{kubernetes: {}}]").checks == [.init(name: "kubernetes", probe: .kubernetes())])
        #expect(try group("checks: [{etcd: }]").checks == [.init(name: "etcd", probe: .etcd())])
        #expect(
            try group("checks: [{kubernetes: {url: \"https://10.0.0.1:6443/livez\", caFile: /ca.crt}}]").checks == [
                .init(name: "kubernetes", probe: .kubernetes(urls: ["https://10.0.0.1:6443/livez"], caFile: "/ca.crt"))
            ])
        #expect(
            try group(
                "checks: [{etcd: {url: \"https://127.0.0.1:2379/health\", certFile: /c.crt, keyFile: /c.key}}]"
            ).checks == [
                .init(
                    name: "etcd",
                    probe: .etcd(
                        urls: ["https://127.0.0.1:2379/health"], certificateFile: "/c.crt", keyFile: "/c.key"))
            ])
    }

    @Test("What a sick node does, hooks and webhook are taken over")
    func others() throws {
        let group = try group(
            """
            whenAllUnhealthy: release
            holdDown: 30s
            hooks: {acquired: /etc/vipd/up.sh, released: [/etc/vipd/down.sh, now], fault: [/bin/mail], timeout: 3s}
            webhook: https://hooks.example.org/vipd
            """)
        #expect(!group.holdsWhenAllUnhealthy)
        #expect(group.holdDown == .seconds(30))
        #expect(
            group.hooks
                == HookCommands(
                    acquired: ["/etc/vipd/up.sh"], released: ["/etc/vipd/down.sh", "now"], fault: ["/bin/mail"],
                    timeout: .seconds(3)))
        #expect(group.webhook == "https://hooks.example.org/vipd")
    }

    @Test("Without a word, a sick node holds on where all are sick, and moves are 5 s apart")
    func defaults() throws {
        let group = try group("")
        #expect(group.checks.isEmpty && group.holdsWhenAllUnhealthy && group.holdDown == .seconds(5))
        #expect(group.hooks == HookCommands() && group.webhook == nil)
    }

    private static let place = "vipd.yaml:2:"

    static let refusals: [(text: String, error: String)] = [
        (
            "checks: {tcp: \"h:1\"}",
            "9: checks must be a list of checks, not a set of keys; write for instance checks: [{kubernetes: {}}]"
        ),
        (
            "checks: [tcp]",
            "10: a check must be a set of keys, not a single value; write for instance {name: apiserver, tcp: \"127.0.0.1:6443\"}"
        ),
        (
            "checks: [{interval: 1s}]",
            "10: the check does not say what to check; add one of tcp, http, https, exec, kubernetes, etcd"
        ),
        ("checks: [{tcp: \"h:1\", exec: /bin/true}]", "10: the check has tcp and exec; make a check of each"),
        (
            "checks: [{tcp: \"h:1\"}, {tcp: \"h:2\"}]",
            "24: check tcp stands here again, first on line 2; give each check a name of its own"
        ),
        ("checks: [{tcpp: \"h:1\"}]", "11: unknown key \"tcpp\"; did you mean \"tcp\"?"),
        (
            "checks: [{tcp: localhost}]",
            "16: tcp \"localhost\" has no port from 1 to 65535; write host:port, like 127.0.0.1:6443 or [::1]:6443"
        ),
        (
            "checks: [{tcp: \"::1:80\"}]",
            "16: tcp \"::1:80\" names no host; write host:port, like 127.0.0.1:6443 or [::1]:6443"
        ),
        (
            "checks: [{http: {url: \"https://h/\"}}]",
            "23: url \"https://h/\" is no http URL; write it under the key \"https\""
        ),
        (
            "checks: [{https: {url: \"ftp://h/\"}}]",
            "24: url \"ftp://h/\" is neither an http nor an https URL; write one like https://127.0.0.1:6443/livez"
        ),
        (
            "checks: [{https: {url: \"https:///x\"}}]",
            "24: url \"https:///x\" names no host; write one like https://127.0.0.1:6443/livez"
        ),
        (
            "checks: [{https: {url: \"https://h:x/\"}}]",
            "24: url \"https://h:x/\" has no port from 1 to 65535 behind its colon; write one like https://127.0.0.1:6443/livez"
        ),
        ("checks: [{https: {status: 200}}]", "18: https needs a url; add one to its keys"),
        (
            "checks: [{http: {url: \"http://h/\", insecure: true}}]",
            "36: \"insecure\" belongs to https; http has no TLS"
        ),
        (
            "checks: [{https: {url: \"https://h/\", status: 99}}]",
            "46: status \"99\" is no status code; write codes from 100 to 599, like 200 or 200-399"
        ),
        (
            "checks: [{https: {url: \"https://h/\", status: 300-200}}]",
            "46: status \"300-200\" is no status code; write codes from 100 to 599, like 200 or 200-399"
        ),
        (
            "checks: [{https: {url: \"https://h/\", certFile: /c}}]",
            "18: https has one of certFile and keyFile; add keyFile"
        ),
        (
            "checks: [{https: {url: \"https://h/\", insecure: true, caFile: /c}}]",
            "18: https has a caFile, which insecure makes useless; keep one of them"
        ),
        (
            "checks: [{https: {url: \"https://h/\", caFile: ca.crt}}]",
            "46: caFile \"ca.crt\" is not an absolute path of at most 4096 bytes; write one like /etc/vipd/ca.crt"
        ),
        (
            "checks: [{kubernetes: yes}]",
            "23: kubernetes must be a set of keys, not a single value; write kubernetes: {}"
        ),
        (
            "checks: [{kubernetes: {body: x}}]",
            "24: unknown key \"body\"; the keys here are url, caFile, certFile, keyFile"
        ),
        (
            "checks: [{exec: check.sh}]",
            "17: exec begins with \"check.sh\", which is not an absolute path; write for instance [/etc/vipd/check.sh, argument]"
        ),
        (
            "checks: [{exec: []}]",
            "17: exec must be a path or a list of words, not an empty list; write for instance exec: [/etc/vipd/script.sh, argument]"
        ),
        ("checks: [{exec: /x, interval: 1ms}]", "31: interval \"1ms\" is out of range; write 100ms to 3600s"),
        ("checks: [{exec: /x, timeout: 2m}]", "30: timeout \"2m\" is out of range; write 10ms to 60s"),
        ("checks: [{exec: /x, fall: 0}]", "27: fall \"0\" is out of range; write a whole number from 1 to 100"),
        ("whenAllUnhealthy: drop", "19: whenAllUnhealthy \"drop\" is neither hold nor release; write one of the two"),
        ("holdDown: 61m", "11: holdDown \"61m\" is out of range; write 0s to 3600s"),
        (
            "hooks: [/x]",
            "8: hooks must be a set of keys, not a list; write for instance hooks: {acquired: /etc/vipd/up.sh}"
        ),
        ("hooks: {aquired: /x}", "9: unknown key \"aquired\"; did you mean \"acquired\"?"),
        ("hooks: {acquired: [/x, [y]]}", "24: each word of acquired must be a text, not a list"),
        (
            "webhook: example.org",
            "10: webhook \"example.org\" is not a URL; write one like https://127.0.0.1:6443/livez"
        ),
    ]

    @Test("What is wrong is refused with its place and the way out", arguments: refusals)
    func refused(_ refusal: (text: String, error: String)) {
        #expect(VIPConfigurationTests.refusal("vip: 192.168.1.210\n\(refusal.text)\n") == Self.place + refusal.error)
    }

    @Test("What the checker would refuse is refused here: who a URL logs in as, and commands too long for a packet")
    func checkerWouldRefuse() throws {
        let place = "vipd.yaml:2:"
        #expect(
            refusal("vip: 10.0.0.1\nwebhook: https://user:word@example.org/\n")
                == place
                + "10: webhook \"https://user:word@example.org/\" has a user or a password in it, and vipd sends "
                + "none; write it without")
        let word = String(repeating: "x", count: 3000)
        let long = "vip: 10.0.0.1\nchecks: [{exec: [/bin/true, \(word), \(word), \(word)]}]\n"
        #expect(refusal(long) == place + "17: exec is longer than 8192 bytes; put it into a script")
        let longest = try group("checks: [{exec: [/bin/true, \(word), \(word)]}]").checks[0]
        #expect(try !CheckerRequest.check(id: 1, longest).packet().isEmpty)
    }

    @Test("One checker has a bounded number of checks, however many groups there are")
    func tooMany() {
        let checks = (1...16).map { "{name: c\($0), exec: /bin/true}" }.joined(separator: ", ")
        let groups = (1...5).map { "  - {name: g\($0), addresses: [10.0.0.\($0)], checks: [\(checks)]}" }
        let error = refusal("groups:\n\(groups.joined(separator: "\n"))\n")
        #expect(error == "vipd.yaml:6:5: the groups have 80 checks together; write at most 64")
        let more = (1...17).map { "{name: c\($0), exec: /bin/true}" }.joined(separator: ", ")
        #expect(refusal("vip: 10.0.0.1\nchecks: [\(more)]\n").hasSuffix("checks has 17 entries; write at most 16"))
    }
}
