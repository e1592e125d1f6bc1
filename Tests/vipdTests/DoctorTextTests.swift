import Testing
import VIPConfiguration
import VIPDoctor
import VIPWire

@testable import vipd

struct DoctorTextTests {
    private let report = DoctorReport(
        node: "k8s-controller3", version: "1.0",
        groups: [GroupFacts(name: "default", addresses: [.init(192, 168, 1, 210)], interface: "eth0")],
        findings: [
            Finding(.ok, .lease, "leases work"),
            Finding(.note, .unauthenticated, "there is no key", why: "Anybody may speak.", cure: ["vipd key"]),
            Finding(
                .problem, .arpIgnore, about: "eth0", "the kernel is silent", why: "Nobody hears.", cure: ["sysctl"]),
        ])

    @Test("the worst stands first, with why and how, what is fine in a line, and the counts at the end")
    func order() {
        let text = DoctorText(report: report, palette: Palette(isColoured: false)).text
        #expect(
            text == """
                vipd doctor on k8s-controller3: 192.168.1.210 on eth0

                problem  the kernel is silent
                         Nobody hears.
                         $ sysctl

                note     there is no key
                         Anybody may speak.
                         $ vipd key

                ok       leases work

                1 problem, 0 warnings, 1 note; 1 check is fine.

                """)
    }

    @Test("without colour there is no escape, and with it the words are the same")
    func colour() {
        let plain = DoctorText(report: report, palette: Palette(isColoured: false)).text
        let coloured = DoctorText(report: report, palette: Palette(isColoured: true)).text
        #expect(!plain.contains("\u{1b}") && coloured.contains("\u{1b}[1;31mproblem"))
    }

    @Test("a name off the wire cannot steer the terminal")
    func hostile() {
        var hostile = report
        hostile.findings = [Finding(.problem, .clone, about: "x", "\u{1b}[2J has this node's id")]
        let text = DoctorText(report: hostile, palette: Palette(isColoured: false)).text
        #expect(!text.contains("\u{1b}") && text.contains("\\u{1b}[2J"))
    }

    @Test("the nodes that were heard have a row each, with what they answered where they were asked")
    func table() {
        var heard = report
        var node = HeardNode(
            mac: MACAddress(bits: 2), name: "a", address: .init(192, 168, 1, 211), id: 1, group: 1, configuration: 1,
            speaksOf: .init(192, 168, 1, 210))
        node.byMulticast = 16
        let answers = PathAnswers(
            request: true, probe: true, longProbe: true, multicastProbe: false, roundTripMicroseconds: 254)
        heard.peers = [PeerPaths(node: node, group: "default", tagIsGenuine: nil, answers: answers)]
        let text = DoctorText(report: heard, palette: Palette(isColoured: false)).text
        #expect(text.contains("NODE  ADDRESS        MULTICAST  BROADCAST  TAG  PROBE  LONG  TO GROUP  AFTER\n"))
        #expect(text.contains("a     192.168.1.211  16         0          -    yes    yes   no        254 µs\n"))
    }
}

struct DoctorCommandTests {
    @Test("an address of a flag that is none is a mistake of usage, not of the machine")
    func usage() {
        var code: Int32?
        do throws(CommandFailure) {
            let invocation = try? Invocation(parsing: ["doctor", "--vip", "fe80::1"])
            guard let invocation else { return }
            _ = try ReadConfiguration(RunOptions(invocation), served: nil)
        } catch {
            code = error.exitCode
        }
        #expect(code == ExitCode.usage)
    }

    @Test("a group is listened to for two signs of life of every node at least, and not for ever")
    func listening() {
        func listening(_ interval: Duration) -> Duration {
            GroupFacts(name: "a", addresses: [], interval: interval).listening
        }
        #expect(listening(.milliseconds(10)) == .milliseconds(1500))
        #expect(listening(.milliseconds(500)) == .milliseconds(5500))
        #expect(listening(.seconds(10)) == .seconds(12))
    }
}
