import Testing
import VIPJSON
import VIPWire

@testable import VIPDoctor

/// The findings that are not fine, by code and severity.
func troubles(_ findings: [Finding]) -> [String] {
    findings.filter { $0.severity != .ok }.map { "\($0.severity.rawValue) \($0.code.rawValue)" }
}

private let rights = RightsFacts(
    isRoot: true, hasNetworkAdministration: true, hasRawNetwork: true, hasAccount: true,
    unitPath: "/lib/systemd/system/vipd.service", hasSystemd: true, daemon: .answers(version: "1.0"))

struct RightsJudgeTests {
    @Test("a machine with root's rights, the user, the unit and a daemon of this version is fine")
    func fine() {
        let findings = RightsJudge.findings(rights, version: "1.0")
        #expect(troubles(findings).isEmpty)
        #expect(findings.count == 4)
    }

    @Test("an ordinary user is told what could not be looked at, and no false alarm")
    func ordinaryUser() {
        var facts = rights
        (facts.isRoot, facts.hasNetworkAdministration, facts.hasRawNetwork) = (false, false, false)
        #expect(troubles(RightsJudge.findings(facts, version: "1.0")) == ["note notLookedAt"])
    }

    @Test("root without CAP_NET_RAW is a problem: a container took it away")
    func confinedRoot() {
        var facts = rights
        facts.hasRawNetwork = false
        let findings = RightsJudge.findings(facts, version: "1.0")
        #expect(troubles(findings) == ["problem capabilities"])
        #expect(findings[0].summary.contains("CAP_NET_RAW") && !findings[0].summary.contains("CAP_NET_ADMIN"))
    }

    @Test("without the user vipd the installed unit does not start, and a daemon by hand does")
    func account() {
        var facts = rights
        facts.hasAccount = false
        #expect(troubles(RightsJudge.findings(facts, version: "1.0")) == ["problem account"])
        facts.unitPath = nil
        #expect(troubles(RightsJudge.findings(facts, version: "1.0")) == ["note account", "note unit"])
    }

    @Test("a daemon of another version is to be restarted")
    func versions() {
        let findings = RightsJudge.findings(rights, version: "1.1")
        #expect(troubles(findings) == ["note daemon"])
        #expect(findings.last?.cure == ["systemctl restart vipd"])
    }

    @Test("a daemon that listens and does not answer is a problem; one that does not run is a note")
    func hangs() {
        var facts = rights
        facts.daemon = .hangs("it did not answer")
        let findings = RightsJudge.findings(facts, version: "1.0")
        #expect(troubles(findings) == ["problem daemon"])
        #expect(findings.last?.cure == ["systemctl restart vipd"])
        facts.daemon = .silent("nobody listens")
        #expect(troubles(RightsJudge.findings(facts, version: "1.0")) == ["note daemon"])
    }
}

struct KernelJudgeTests {
    private let facts = KernelFacts(
        version: KernelVersion(6, 1), lease: .works, keepsOrigin: true, socketDestroy: .works, overlapRelay: .works,
        packetSockets: .works)

    @Test("a kernel on which all was tried and works is fine")
    func fine() { #expect(troubles(KernelJudge.findings(facts)).isEmpty) }

    @Test("a kernel without leases is a problem, tried or by its version")
    func leases() {
        var facts = facts
        facts.lease = .refused("Invalid argument")
        #expect(troubles(KernelJudge.findings(facts)) == ["problem lease"])
        facts.lease = .untried("needs root")
        #expect(troubles(KernelJudge.findings(facts)).isEmpty)
        facts.version = KernelVersion(3, 2)
        #expect(troubles(KernelJudge.findings(facts)).contains("problem lease"))
    }

    @Test("what was not tried, and no version tells, is not told")
    func untried() {
        let facts = KernelFacts(
            version: nil, lease: .untried(""), keepsOrigin: nil, socketDestroy: .untried(""), overlapRelay: .untried("")
        )
        #expect(KernelJudge.findings(facts).isEmpty)
    }

    @Test("a kernel that cannot reset connections is a warning, one without the relay or origins a note")
    func lesserFeatures() {
        var facts = facts
        facts.socketDestroy = .refused("Operation not supported")
        facts.overlapRelay = .refused("Operation not supported")
        facts.keepsOrigin = false
        #expect(
            troubles(KernelJudge.findings(facts)) == [
                "note addressOrigin", "warning socketDestroy", "note overlapRelay",
            ])
    }

    @Test(
        "releases of distributions are understood",
        arguments: [("6.1.0-18-amd64", "6.1"), ("5.15-rc2", "5.15"), ("6.18.44-fc-v669", "6.18")])
    func releases(_ release: String, _ version: String) {
        #expect(KernelVersion(release: release)?.description == version)
    }

    @Test("what is no release is none") func noRelease() { #expect(KernelVersion(release: "Linux") == nil) }

    @Test("5.4 is older than 5.18, and 4.20 than both")
    func order() {
        #expect(KernelVersion(4, 20) < KernelVersion(5, 4))
        #expect(KernelVersion(5, 4) < KernelVersion(5, 18))
    }
}

struct ClockJudgeTests {
    @Test("clocks are never more than a note: the election needs none that agree")
    func notes() {
        let findings = ClockJudge.findings(
            ClockFacts(source: "hpet", isSynchronized: false, hasTimeService: true, suspendedSeconds: 9))
        #expect(troubles(findings) == ["note clockSource", "note civilTime", "note suspended"])
        #expect(
            troubles(
                ClockJudge.findings(
                    ClockFacts(source: "tsc", isSynchronized: true, hasTimeService: false, suspendedSeconds: 0))
            ).isEmpty)
    }

    @Test("what keeps the time is switched on where it is installed, and installed where it is not")
    func timeService() {
        func cure(_ hasTimeService: Bool) -> [String] {
            ClockJudge.findings(
                ClockFacts(source: nil, isSynchronized: false, hasTimeService: hasTimeService, suspendedSeconds: 0)
            ).flatMap(\.cure)
        }
        #expect(cure(true) == ["timedatectl set-ntp true"])
        #expect(cure(false) == ["apt install systemd-timesyncd"])
    }
}

struct PlatformJudgeTests {
    private func judged(_ vendor: String?, _ product: String?, tag: String? = nil, isHardware: Bool = true) -> [Finding]
    {
        PlatformJudge.findings(
            PlatformFacts(systemVendor: vendor, productName: product, assetTag: tag, hasHypervisor: true),
            address: "192.168.1.210", isHardware: isHardware)
    }

    @Test("where ARP moves nothing, the cloud is a problem; on a bridge within its machine a note")
    func clouds() {
        #expect(troubles(judged("Amazon EC2", "m5.large")) == ["problem cloud"])
        #expect(troubles(judged("Google", "Google Compute Engine")) == ["problem cloud"])
        #expect(troubles(judged("Hetzner", "vServer")) == ["problem cloud"])
        #expect(troubles(judged("Amazon EC2", "m5.large", isHardware: false)) == ["note cloud"])
    }

    @Test("Azure is told from a Hyper-V of one's own by its asset tag")
    func azure() {
        let tag = "7783-7084-3265-9085-8269-3286-77"
        #expect(troubles(judged("Microsoft Corporation", "Virtual Machine", tag: tag)) == ["problem cloud"])
        #expect(troubles(judged("Microsoft Corporation", "Virtual Machine")) == ["note virtualMachine"])
    }

    @Test("OpenStack's cure names the address") func openStack() {
        let findings = judged("OpenStack Foundation", "OpenStack Nova")
        #expect(troubles(findings) == ["warning virtualMachine"])
        #expect(findings[0].cure[0].contains("ip-address=192.168.1.210"))
    }

    @Test("a container is told as one, whatever its host's firmware says")
    func containers() {
        let facts = PlatformFacts(
            systemVendor: "QEMU", productName: "Standard PC", assetTag: nil, hasHypervisor: true, container: "lxc")
        let findings = PlatformJudge.findings(facts, address: nil, isHardware: false)
        #expect(findings.count == 1 && findings[0].summary.contains("container (lxc)"))
    }

    @Test("hardware is no finding, a hypervisor a note")
    func others() {
        #expect(troubles(judged("QEMU", "Standard PC (Q35 + ICH9, 2009)")) == ["note virtualMachine"])
        let hardware = PlatformFacts(
            systemVendor: "Dell Inc.", productName: "R640", assetTag: nil, hasHypervisor: false)
        #expect(PlatformJudge.findings(hardware, address: nil, isHardware: true).isEmpty)
    }
}

struct ConfigurationJudgeTests {
    @Test("each mistake is a problem of its own")
    func mistakes() {
        let findings = ConfigurationJudge.findings(
            .invalid(file: "vipd.yaml", ["vipd.yaml:1:1: a", "vipd.yaml:2:1: b"]))
        #expect(troubles(findings) == ["problem configuration", "problem configuration"])
    }

    @Test("a daemon that serves what is configured, in whichever order, is no finding")
    func sameGroups() {
        let one = GroupFacts(name: "a", addresses: [.init(10, 0, 0, 1), .init(10, 0, 0, 2)])
        let same = GroupFacts(name: "a", addresses: [.init(10, 0, 0, 2), .init(10, 0, 0, 1)])
        #expect(ConfigurationJudge.findings(configured: [one], served: [same]).isEmpty)
        let other = GroupFacts(name: "a", addresses: [.init(10, 0, 0, 2)])
        #expect(troubles(ConfigurationJudge.findings(configured: [one], served: [other])) == ["warning daemonDiffers"])
    }

    @Test("no key is a note, one that cannot be used a problem, one this user may not read a note")
    func keys() {
        #expect(troubles(ConfigurationJudge.findings(KeyFacts.none)) == ["note unauthenticated"])
        #expect(troubles(ConfigurationJudge.findings(.unusable("x"))) == ["problem key"])
        #expect(troubles(ConfigurationJudge.findings(KeyFacts.hidden(path: "/k"))) == ["note notLookedAt"])
        #expect(troubles(ConfigurationJudge.findings(.closed(path: "/k", user: "vipd"))) == ["problem key"])
        #expect(troubles(ConfigurationJudge.findings(.usable("0a0b0c0d"))).isEmpty)
    }

    @Test("checks that nobody runs are a problem")
    func checker() {
        #expect(troubles(ConfigurationJudge.findings(CheckerFacts.missing(["/a"]))) == ["problem checker"])
        #expect(troubles(ConfigurationJudge.findings(CheckerFacts.program("/a"))).isEmpty)
    }
}

struct StatusJudgeTests {
    @Test("conflicts and clones are problems, an unconfirmed takeover a warning")
    func told() {
        let group = ServedGroup(name: "a", conflicts: ["x"], isUnconfirmed: true, duplicates: 2)
        #expect(troubles(StatusJudge.findings(group)) == ["problem conflict", "warning unconfirmed", "problem clone"])
        #expect(
            StatusJudge.findings(ServedGroup(name: "a", conflicts: [], isUnconfirmed: false, duplicates: 0)).isEmpty)
    }
}

struct DoctorReportTests {
    @Test("the worst finding decides, and all are counted")
    func counts() {
        let findings = [
            Finding(.ok, .lease, "a"), Finding(.warning, .networkd, "b"), Finding(.note, .civilTime, "c"),
        ]
        let report = DoctorReport(node: "n", version: "1", groups: [], findings: findings)
        #expect(report.worst == .warning)
        #expect(report.count(.ok) == 1 && report.count(.problem) == 0)
        #expect(DoctorReport(node: "n", version: "1", groups: [], findings: []).worst == .ok)
    }

    @Test("the JSON has the documented keys in their order")
    func json() {
        let report = DoctorReport(
            node: "n", version: "1",
            groups: [GroupFacts(name: "api", addresses: [.init(192, 168, 1, 210)], interface: "eth0")],
            findings: [Finding(.problem, .arpIgnore, about: "eth0", "s", why: "w", cure: ["c"])])
        #expect(
            report.json.text()
                == #"{"node":{"name":"n","version":"1"},"#
                + #""groups":[{"name":"api","addresses":["192.168.1.210"],"interface":"eth0"}],"#
                + #""findings":[{"severity":"problem","code":"arpIgnore","subject":"eth0","summary":"s","why":"w","cure":["c"]}],"#
                + #""peers":[],"counts":{"problems":1,"warnings":0,"notes":0,"ok":0}}"#)
    }
}
