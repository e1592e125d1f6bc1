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
    /// With `--probe`: the hosts of a link were asked.
    private var hasProbed = false

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
            return (nil, error.looksHung ? .hangs(error.description) : .silent(error.description))
        }
    }

    func report() throws -> DoctorReport {
        let read = try ReadConfiguration(RunOptions(invocation), served: served)
        findings += read.findings
        let groups = read.groups
        if groups.contains(where: \.facts.needsChecker) {
            findings += ConfigurationJudge.findings(ReadMachine.checker())
        }
        let rights = ReadMachine.rights(daemon: daemon)
        findings += RightsJudge.findings(rights, version: vipdVersion)
        let placed = place(groups)
        findings += KernelJudge.findings(
            ReadKernel.facts(onLink: placed.first.map { link(at: $0.link.index) } ?? nil, rights))
        examineLinks(placed, read, canListen: rights.hasRawNetwork)
        if invocation.has("--probe"), !hasProbed {
            findings.append(PathJudge.notProbed(mayListen: rights.hasRawNetwork))
        }
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
                    findings.append(Self.finding(error, configuration))
                    return nil
                }
            }
            if let link = all.first(where: { $0.name == group.facts.interface }) {
                return PlacedGroup(group: group, link: link)
            }
            findings.append(
                Finding(
                    .problem, .link, about: group.facts.name,
                    "group \(group.facts.name) has no link: the daemon waits for one",
                    why: "Nothing floats its addresses.", cure: ["vipd status"]))
            return nil
        }
    }

    private static func finding(_ error: LinkChoiceError, _ group: GroupConfiguration) -> Finding {
        let code: FindingCode
        var cure = ["ip -4 address show"]
        switch error {
        case .notFound: code = group.link == .bySubnet ? .outsideSubnet : .link
        case .ambiguous, .notEthernet: code = .link
        case .reservedAddress: code = .reservedAddress
        case .ownAddress(_, let address, let link):
            code = .ownAddress
            if let own = link.addresses.first(where: { $0.address == address }) {
                cure = AddressJudge.removal(
                    of: Subnet(own.address, prefixLength: own.prefixLength), from: link.name,
                    having: link.addresses.map { Subnet($0.address, prefixLength: $0.prefixLength) })
            }
        }
        return Finding(
            .problem, code, about: group.name, error.description,
            why: "The group waits, or does not start: it has no link to float its addresses on.", cure: cure)
    }

    private func link(at index: Int) -> Link? { links.first { Int($0.index) == index } }

    private func examineLinks(_ placed: [PlacedGroup], _ read: ReadConfiguration, canListen: Bool) {
        let everyLink = ReadLink.inspections(of: links, model, route)
        var names = placed.map(\.link.name)
        // Without addresses there is nothing to listen for; the link can be looked at all the same.
        if let named = invocation.value("--interface"), placed.isEmpty, read.groups.isEmpty { names = [named] }
        var examined: Set<String> = []
        for name in names where examined.insert(name).inserted {
            guard let inspection = everyLink.first(where: { $0.name == name }) else {
                findings.append(
                    Finding(
                        .problem, .link, about: name, "there is no interface \(name)",
                        why: "A group on it waits until it appears.", cure: ["ip link show"]))
                continue
            }
            examine(inspection, everyLink, placed.filter { $0.link.name == name }, canListen ? read : nil)
        }
    }

    /// - Parameter read: what listening goes by; nil where this process may not listen.
    private func examine(
        _ link: LinkInspection, _ everyLink: [LinkInspection], _ placed: [PlacedGroup], _ read: ReadConfiguration?
    ) {
        let groups = placed.map(\.group.facts)
        let index = links.first { $0.name == link.name }.map { Int($0.index) } ?? 0
        findings += LinkJudge.findings(link)
        let others = everyLink.filter { $0.name != link.name && $0.isUp }
        findings += ARPSettingsJudge.findings(
            ReadLink.settings(of: link.name), Surroundings(link: link, others: others),
            addresses: groups.flatMap(\.addresses))
        findings += ManagerJudge.findings(ReadManagers.facts(of: link.name, index: index))
        findings += FilterJudge.findings(ReadManagers.filters(), link: link)
        var wire: WireFacts?
        if let read, let facts = placed.first?.link, link.isUp, link.hasCarrier {
            wire = listen(on: facts, groups, read, link)
        }
        for group in groups {
            let nodes = (wire?.nodes ?? []).compactMap { node in node.address.map { (node.name, $0) } }
            findings += AddressJudge.findings(group, on: link, everyLink: everyLink, nodes: nodes)
            guard let wire else { continue }
            findings += AnswerJudge.findings(group, wire) + PeerJudge.findings(group, wire)
        }
        if let wire {
            findings += PathJudge.findings(groups, wire)
            peers += PeerPaths.rows(of: wire, groups)
        }
    }

    private func presentModel() throws -> LinkModel { LinkModel(links: links, addresses: try route.addresses()) }

    private func leased(on link: LinkFacts, by model: LinkModel) -> Set<IPv4Address> {
        model.links.first { $0.facts.index == link.index }?.leased ?? []
    }

    private func listen(
        on link: LinkFacts, _ groups: [GroupFacts], _ read: ReadConfiguration, _ inspection: LinkInspection
    ) -> WireFacts? {
        var facts = WireFacts(
            link: link.name, ownMAC: link.mac,
            ownID: Digest.node(
                machineID: MachineIdentity.readMachineID() ?? vipd.nodeName(from: MachineIdentity.hostname()),
                mac: link.mac))
        (facts.hasKey, facts.lacksKey) = (read.keyring != nil, read.lacksKey)
        for peer in served?.groups.flatMap(\.peers) ?? [] {
            if let mac = peer.mac.flatMap({ MACAddress($0) }) { facts.known[mac] = peer.name }
        }
        do {
            let ear = try LinkEar(
                link, addresses: groups.flatMap(\.addresses), own: inspection.subnets.first?.address,
                keyring: read.keyring, facts: facts)
            try ear.listen(for: groups.map(\.listening).max() ?? .milliseconds(1500))
            if invocation.has("--probe") {
                try ear.ask(gateways: inspection.gateways)
                hasProbed = true
            }
            facts = ear.facts
            // They were heard in no order that means anything.
            facts.nodes.sort { $0.name < $1.name }
            facts.heldHere = leased(on: link, by: model).intersection(leased(on: link, by: try presentModel()))
            return facts
        } catch {
            findings.append(
                Finding(
                    .problem, .packetSockets, about: link.name, "\(error)",
                    why: "The nodes speak with each other by raw frames on the link."))
            return nil
        }
    }
}
