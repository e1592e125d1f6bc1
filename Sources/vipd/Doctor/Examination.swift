// The order of an examination: what is read first, what follows from it, and who judges it.
// Deliberately not here: reading each thing (the Read files), hearing the link (LinkEar), and judging (VIPDoctor).

import VIPConfiguration
import VIPControl
import VIPDaemon
import VIPDoctor
import VIPLinux
import VIPWire

/// A group, and how its link is found.
struct ExaminedGroup {
    var facts: GroupFacts
    /// Nil where the daemon said which link it is.
    var configuration: GroupConfiguration?
}

/// One run of the doctor.
final class Examination {
    private let invocation: Invocation
    private let model: LinkModel
    private let links: [Link]
    private let route: RouteSocket
    /// What the daemon answered; nil where none did.
    private let served: StatusReport?
    private let daemon: RightsFacts.Daemon
    private var findings: [Finding] = []
    private var peers: [PeerPaths] = []

    /// - Throws: where the kernel does not even tell its links.
    init(invocation: Invocation) throws {
        self.invocation = invocation
        route = try RouteSocket()
        links = try route.links()
        model = LinkModel(links: links, addresses: try route.addresses())
        (served, daemon) = Self.askDaemon(at: invocation.value("--socket") ?? ControlClient.defaultPath)
    }

    private static func askDaemon(at path: String) -> (StatusReport?, RightsFacts.Daemon) {
        do throws(ControlClientError) {
            guard case .status(let report) = try ControlClient(path: path).ask(.status) else {
                return (nil, .silent("vipd at \(path) answered something else; restart it"))
            }
            return (report, .answers(version: report.node.version))
        } catch {
            return (nil, .silent(error.description))
        }
    }

    func report() throws -> DoctorReport {
        let (groups, keys) = try readConfiguration()
        let keyring = readKeys(keys)
        if groups.contains(where: \.facts.needsChecker) {
            findings += ConfigurationJudge.findings(ReadMachine.checker())
        }
        let rights = ReadMachine.rights(daemon: daemon)
        findings += RightsJudge.findings(rights, version: vipdVersion)
        let placed = place(groups)
        findings += KernelJudge.findings(
            ReadKernel.facts(onLink: placed.first.map { link(at: $0.link.index) } ?? nil, rights))
        examineLinks(placed, keyring, canListen: rights.hasRawNetwork)
        if let served {
            let groups = ReadMachine.servedGroups(served) { name in
                links.first { $0.name == name }.flatMap { try? route.gateways(interfaceIndex: $0.index) }?.isEmpty
                    == false
            }
            findings += groups.flatMap(StatusJudge.findings)
        }
        let isHardware =
            placed.isEmpty
            || placed.contains { $0.link.kind == nil || $0.link.kind == "bond" || $0.link.kind == "vlan" }
        findings += PlatformJudge.findings(
            ReadMachine.platform(), address: groups.first?.facts.addresses.first?.description, isHardware: isHardware)
        findings += ClockJudge.findings(ReadMachine.clocks())
        return DoctorReport(
            node: nodeName, version: vipdVersion, groups: placed.map(\.group.facts) + unplaced(groups, placed),
            findings: findings, peers: peers)
    }

    private var nodeName: String { served?.node.name ?? vipd.nodeName(from: MachineIdentity.hostname()) }

    private func unplaced(_ groups: [ExaminedGroup], _ placed: [PlacedGroup]) -> [GroupFacts] {
        let names = Set(placed.map(\.group.facts.name))
        return groups.map(\.facts).filter { !names.contains($0.name) }
    }

    // What is configured.

    private func readConfiguration() throws -> (groups: [ExaminedGroup], keys: KeySettings?) {
        let options = RunOptions(invocation)
        do throws(ConfigurationError) {
            let configuration = try Configuration.load(options: options)
            let hasFile = SystemFile.exists(options.configPath ?? Limits.defaultPath)
            let source = hasFile ? options.configPath ?? Limits.defaultPath : "--vip"
            findings += ConfigurationJudge.findings(.valid(source: source))
            let groups = configuration.groups.map(ExaminedGroup.init)
            if let served, options.vips.isEmpty, options.configPath == nil {
                findings += ConfigurationJudge.findings(
                    configured: groups.map(\.facts), served: served.groups.map(GroupFacts.init))
            }
            return (groups, configuration.keys)
        } catch {
            // A flag that is wrong is wrong on the command line, not on this machine.
            if let flag = error.problems.first(where: { $0.file == nil }) {
                throw CommandFailure(message: flag.message, exitCode: ExitCode.usage)
            }
            if options.configPath == nil, options.vips.isEmpty, !SystemFile.exists(Limits.defaultPath) {
                return (groupsOfDaemon(), nil)
            }
            findings += ConfigurationJudge.findings(.invalid(error.problems.map(\.description)))
            return ([], nil)
        }
    }

    private func groupsOfDaemon() -> [ExaminedGroup] {
        guard let served else {
            findings += ConfigurationJudge.findings(.missing(path: Limits.defaultPath))
            return []
        }
        findings += ConfigurationJudge.findings(.fromDaemon)
        return served.groups.map { ExaminedGroup(facts: GroupFacts($0), configuration: nil) }
    }

    /// The keys that the nodes' frames are verified by.
    private func readKeys(_ settings: KeySettings?) -> FrameKeyring? {
        guard let settings else {
            if let served, served.node.authentication == .unauthenticated {
                findings += ConfigurationJudge.findings(.none)
            }
            return nil
        }
        guard let file = settings.file else {
            findings += ConfigurationJudge.findings(.none)
            return nil
        }
        do {
            let keyring = FrameKeyring(
                signing: try KeyFile.read(file), accepted: try settings.accepted.map(KeyFile.read),
                acceptsUnsigned: settings.acceptsUnsigned)
            // As renouncePrivileges does; an ordinary user's daemon is that user's.
            let user = UserAccount.isRoot ? UserAccount(named: "vipd") ?? UserAccount(named: "nobody") : nil
            let closed = user.flatMap { user in
                ([file] + settings.accepted).first { !SystemFile.mayRead($0, as: user) }.map { ($0, user.name) }
            }
            findings += ConfigurationJudge.findings(
                closed.map { .closed(path: $0.0, user: $0.1) } ?? .usable(keyring.signing.keyID.description))
            return keyring
        } catch {
            let isHidden = !UserAccount.isRoot && SystemFile.exists(file) && SystemFile.text(file) == nil
            findings += ConfigurationJudge.findings(isHidden ? .hidden(path: file) : .unusable("\(error)"))
            return nil
        }
    }

    // The links.

    /// A group whose link is there.
    private struct PlacedGroup {
        var group: ExaminedGroup
        var link: LinkFacts
    }

    private func place(_ groups: [ExaminedGroup]) -> [PlacedGroup] {
        let all = model.links.map(\.facts)
        return groups.compactMap { group in
            var group = group
            if let configuration = group.configuration {
                do throws(LinkChoiceError) {
                    let link = try configuration.link.resolve(for: configuration, among: all)
                    group.facts.interface = link.name
                    return PlacedGroup(group: group, link: link)
                } catch {
                    findings.append(Self.finding(error, group.facts))
                    return nil
                }
            }
            return all.first { $0.name == group.facts.interface }.map { PlacedGroup(group: group, link: $0) }
        }
    }

    private static func finding(_ error: LinkChoiceError, _ group: GroupFacts) -> Finding {
        let code: FindingCode
        var cure = ["ip -4 address show"]
        switch error {
        case .notFound(_, let wanted, _): code = wanted.hasPrefix("with a subnet") ? .outsideSubnet : .link
        case .ambiguous, .notEthernet: code = .link
        case .ownAddress(_, let address, let link):
            code = .ownAddress
            if let own = link.addresses.first(where: { $0.address == address }) {
                cure = ["ip address delete \(own) dev \(link.name)"]
            }
        }
        return Finding(
            .problem, code, about: group.name, error.description,
            why: "The group waits, or does not start: it has no link to float its addresses on.", cure: cure)
    }

    private func link(at index: Int) -> Link? { links.first { Int($0.index) == index } }

    private func examineLinks(_ placed: [PlacedGroup], _ keyring: FrameKeyring?, canListen: Bool) {
        let everyLink = ReadLink.inspections(of: links, model, route)
        var examined: Set<Int> = []
        for first in placed where examined.insert(first.link.index).inserted {
            guard let inspection = everyLink.first(where: { $0.name == first.link.name }) else { continue }
            let groups = placed.filter { $0.link.index == first.link.index }.map(\.group.facts)
            let addresses = groups.flatMap(\.addresses)
            findings += LinkJudge.findings(inspection)
            let others = everyLink.filter { $0.name != inspection.name && $0.isUp }
            findings += ARPSettingsJudge.findings(
                ReadLink.settings(of: inspection.name), Surroundings(link: inspection, others: others),
                addresses: addresses)
            findings += ManagerJudge.findings(ReadManagers.facts(of: inspection.name, index: first.link.index))
            findings += FilterJudge.findings(ReadManagers.filters(), link: inspection)
            let wire =
                canListen && inspection.isUp && inspection.hasCarrier
                ? listen(on: first.link, groups, keyring, inspection) : nil
            for group in groups {
                let nodes = (wire?.nodes ?? []).compactMap { node in node.address.map { (node.name, $0) } }
                findings += AddressJudge.findings(group, on: inspection, everyLink: everyLink, nodes: nodes)
                guard let wire else { continue }
                findings += AnswerJudge.findings(group, wire) + PeerJudge.findings(group, wire)
            }
            if let wire {
                findings += PathJudge.findings(groups, wire)
                peers += PeerPaths.rows(of: wire)
            }
        }
    }

    private func listen(
        on link: LinkFacts, _ groups: [GroupFacts], _ keyring: FrameKeyring?, _ inspection: LinkInspection
    ) -> WireFacts? {
        var facts = WireFacts(
            link: link.name, ownMAC: link.mac,
            ownID: Digest.node(
                machineID: MachineIdentity.readMachineID() ?? vipd.nodeName(from: MachineIdentity.hostname()),
                mac: link.mac))
        facts.hasKey = keyring != nil
        facts.heldHere = model.links.first { $0.facts.index == link.index }?.leased ?? []
        for peer in served?.groups.flatMap(\.peers) ?? [] {
            if let mac = peer.mac.flatMap({ MACAddress($0) }) { facts.known[mac] = peer.name }
        }
        do {
            let ear = try LinkEar(
                link, addresses: groups.flatMap(\.addresses), own: inspection.subnets.first?.address, keyring: keyring,
                facts: facts)
            try ear.listen(for: groups.map(\.listening).max() ?? .milliseconds(1500))
            if invocation.has("--probe") { try ear.ask(gateways: inspection.gateways) }
            return ear.facts
        } catch {
            findings.append(
                Finding(
                    .problem, .packetSockets, about: link.name, "\(error)",
                    why: "The nodes speak with each other by raw frames on the link."))
            return nil
        }
    }
}
