// From groups to links: choosing, opening, following what the kernel says of them, and waiting for those to come.

import VIPConfiguration
import VIPControl
import VIPElection
import VIPWire

/// Why the daemon cannot start, in one line with the way out.
public struct StartError: Error, CustomStringConvertible {
    public let description: String
}

extension Daemon {
    /// From one attempt to open a link that could not be opened to the next.
    private static let retrySpacing: Duration = .seconds(1)

    /// Refuses what no waiting cures, before anything was touched; and what is not there, unless it `waits`.
    func checkLinks(of configurations: [GroupConfiguration], waits: Bool) throws {
        for group in configurations {
            let link: LinkFacts
            do throws(LinkChoiceError) {
                link = try group.link.resolve(for: group, among: machine.links.map(\.facts))
            } catch {
                if waits && error.isCurableByWaiting { continue }
                throw StartError(description: error.description)
            }
            guard link.isUp || waits else {
                throw StartError(
                    description: "group \(group.name): \(link.name) is down; "
                        + "bring it up (ip link set \(link.name) up) or name another interface"
                )
            }
        }
    }

    /// Attaches every group that has no link yet to its own, if that is there. All links are open before the first
    /// group begins: a start that fails has touched nothing.
    func attachGroups(waits: Bool) throws {
        let links = machine.links
        var ready: [(facts: LinkFacts, groups: [Int])] = []
        for choice in chooseLinks(among: links) {
            do {
                try serve(choice.groups, on: choice.facts)
                ready.append(choice)
            } catch {
                guard waits else { throw error }
                for number in choice.groups { wait(groups[number], for: "\(error)") }
                retryAt = machine.now + Self.retrySpacing
            }
        }
        // At the end of this turn: once a link, however many groups begin on it.
        if !ready.isEmpty { gatewaysAt = machine.now }
        for choice in ready {
            for number in choice.groups { begin(number, on: choice.facts.index, among: links) }
        }
    }

    /// The links that groups without one want, in the order of the groups; those that want one in vain wait.
    private func chooseLinks(among links: [MachineLink]) -> [(facts: LinkFacts, groups: [Int])] {
        let known = links.map(\.facts)
        var chosen: [(facts: LinkFacts, groups: [Int])] = []
        for (number, group) in groups.enumerated() where group.running == nil {
            do throws(LinkChoiceError) {
                let facts = try group.configuration.link.resolve(for: group.configuration, among: known)
                guard facts.isUp else {
                    wait(group, for: "\(facts.name) is down")
                    continue
                }
                if let place = chosen.firstIndex(where: { $0.facts.index == facts.index }) {
                    chosen[place].groups.append(number)
                } else {
                    chosen.append((facts, [number]))
                }
            } catch {
                // It is said of the group wherever it is shown.
                let naming = "group \(group.name): "
                let reason = error.description
                wait(group, for: reason.hasPrefix(naming) ? String(reason.dropFirst(naming.count)) : reason)
            }
        }
        return chosen
    }

    private func wait(_ group: Group, for reason: String) {
        guard group.waitingFor != reason else { return }
        group.waitingFor = reason
        let message = "group \(group.name) waits: \(reason)"
        enter(record("waiting", of: group.name, message), .warning)
        isStatusStale = true
    }

    /// Says that a group is on a link now; the states that it goes through say the rest.
    private func noteBeginning(of group: Group, on link: LinkFacts) {
        let message = "group \(group.name) begins on \(link.name)"
        enter(record("begin", of: group.name, message), .info)
        isStatusStale = true
    }

    /// Has a link receive for the groups that are on it and for those to come; opens it if it is not open yet.
    private func serve(_ added: [Int], on facts: LinkFacts) throws {
        let index = facts.index
        let members = self.members(of: index, with: added)
        if let link = attached[index] { return try link.serve(members) }
        let port = try machine.open(facts, for: members.flatMap(\.addresses)) { [unowned self] result in
            takeIn(result, onLink: index)
        }
        attached[index] = AttachedLink(port: port, facts: facts, members: members)
    }

    private func members(of index: Int, with added: [Int] = []) -> [AttachedLink.Member] {
        (groups.indices.filter { groups[$0].linkIndex == index } + added).map { number in
            let group = groups[number]
            return AttachedLink.Member(
                number: number, digest: group.settings.groupDigest, addresses: group.configuration.addresses)
        }
    }

    /// Starts a group's election on an open link.
    private func begin(_ number: Int, on index: Int, among links: [MachineLink]) {
        let group = groups[number]
        guard let link = attached[index] else { return }
        group.linkIndex = index
        group.waitingFor = nil
        group.toldState = .listening
        noteBeginning(of: group, on: link.facts)
        group.hadSubnet = false
        group.strandedSince = nil
        followSubnet(of: group, on: link.facts)
        let hasLeftover = takeStock(ofLeftoversOf: group, on: index, among: links)
        electionsBegun += 1
        let node = nodeIdentity(on: link.facts, for: group, epoch: identity.epoch + electionsBegun)
        // Below 2^62: there is room for all the frames of a life.
        group.running = RunningElection(
            Election(
                settings: group.settings, node: node, seed: machine.randomSeed(),
                firstSequence: machine.randomSeed() >> 2))
        var obstacles: Set<Obstacle> = []
        if !link.facts.canSend { obstacles.insert(.carrierLost) }
        if isInMaintenance { obstacles.insert(.maintenance) }
        if group.isSick { obstacles.insert(.unhealthy) }
        feed(.started(hasLeftover: hasLeftover, obstacles: obstacles), toGroup: number)
    }

    /// From one look at the gateways to the next: routes may change while links do not, and a takeover has no time to
    /// look.
    private static let gatewaySpacing: Duration = .seconds(30)

    /// Tells the elections which gateways their links have, if it is time to look.
    func followGateways() {
        guard let due = gatewaysAt, due <= machine.now else { return }
        gatewaysAt = attached.isEmpty ? nil : machine.now + Self.gatewaySpacing
        for index in attached.keys {
            let gateways = machine.gateways(ofLink: index)
            for (number, group) in groups.enumerated() where group.linkIndex == index {
                feed(.gatewaysChanged(gateways), toGroup: number)
            }
        }
    }

    /// Removes what an earlier life left behind, unless all of the group's addresses stand where they should.
    private func takeStock(ofLeftoversOf group: Group, on index: Int, among links: [MachineLink]) -> Bool {
        var isWhole = false
        for link in links {
            let left = group.configuration.addresses.filter(link.leased.contains)
            guard !left.isEmpty else { continue }
            if link.facts.index == index && left.count == group.configuration.addresses.count {
                isWhole = true
            } else {
                machine.removeLeftovers(left, fromLink: link.facts.index)
            }
        }
        return isWhole
    }

    /// This node on a link. Its address is one of the subnet that the group is in, if there is one.
    private func nodeIdentity(on link: LinkFacts, for group: Group, epoch: UInt64) -> VIPElection.NodeIdentity {
        let first = group.configuration.addresses[0]
        let usable = link.addresses.filter(\.address.isUnicast)
        let own =
            usable.first { $0.prefixLength < 32 && first.isInSubnet(of: $0.address, prefixLength: $0.prefixLength) }
            ?? usable.first
        return VIPElection.NodeIdentity(
            id: Digest.node(machineID: identity.machineID, mac: link.mac), name: nodeName, mac: link.mac,
            address: own?.address ?? .unspecified, epoch: epoch
        )
    }

    /// Brings the elections up to what the kernel says of the links.
    func followLinks() {
        guard !isStopping else { return }
        machine.refreshLinks()
        noteLostReports()
        let links = machine.links
        for (index, link) in attached {
            guard let current = links.first(where: { $0.facts.index == index }) else {
                detach(index, because: "\(link.facts.name) is gone")
                continue
            }
            follow(current, on: link)
        }
        if groups.contains(where: { $0.running == nil }) {
            // With `waits`, what goes wrong is waited for and nothing is thrown.
            try? attachGroups(waits: true)
        }
    }

    private func follow(_ current: MachineLink, on link: AttachedLink) {
        let before = link.facts
        link.facts = current.facts
        noteChanges(from: before, to: current.facts)
        let couldSend = before.canSend
        let canSend = current.facts.canSend
        for (number, group) in groups.enumerated() where group.linkIndex == current.facts.index {
            guard let running = group.running else { continue }
            if couldSend && !canSend { feed(.carrierLost, toGroup: number) }
            var node = nodeIdentity(on: current.facts, for: group, epoch: running.value.node.epoch)
            // Another MAC address makes no other node: its peers would count one more, and its voters be bound to one less.
            node.id = running.value.node.id
            if node != running.value.node { feed(.identityChanged(node), toGroup: number) }
            if canSend && !couldSend { feed(.carrierReturned, toGroup: number) }
            followSubnet(of: group, on: current.facts)
            guard running.value.keepsAddresses else { continue }
            let lost = group.configuration.addresses.filter { !current.leased.contains($0) }
            if !lost.isEmpty { feed(.addressesLost(lost), toGroup: number) }
        }
        scheduleHealth()
    }

    /// Notes whether the link still has an address of its own in the group's subnet. Where it never had one that is how
    /// it is meant; where it had, it is judged a while later (``followHealth()``).
    private func followSubnet(of group: Group, on facts: LinkFacts) {
        let first = group.configuration.addresses[0]
        let hasSubnet = facts.addresses.contains { own in
            own.prefixLength < 32 && first.isInSubnet(of: own.address, prefixLength: own.prefixLength)
        }
        if hasSubnet {
            group.hadSubnet = true
            group.strandedSince = nil
        } else if group.hadSubnet && group.strandedSince == nil {
            group.strandedSince = machine.now
        }
    }

    /// Says what has become of a link that groups are on, as far as no change of their states does.
    private func noteChanges(from before: LinkFacts, to now: LinkFacts) {
        if now.name != before.name {
            note(.notice, "\(before.name) is called \(now.name) now; it is served on until vipd is started again")
        }
        if now.mac != before.mac {
            note(.notice, "\(now.name) has the MAC address \(now.mac) now; it had \(before.mac)")
        }
        if now.isEthernet != before.isEthernet {
            if now.isEthernet {
                note(.notice, "\(now.name) answers ARP again")
            } else {
                note(
                    .warning,
                    "\(now.name) does not answer ARP any more; to have it back: ip link set \(now.name) arp on")
            }
        }
    }

    /// Says that the kernel had to drop reports: what they said has been asked for, but not when it happened.
    private func noteLostReports() {
        let lost = machine.reportLosses
        guard lost > reportLossesTold else { return }
        reportLossesTold = lost
        note(.warning, "the kernel reported more changes of links than could be read, and dropped some; asked anew")
    }

    /// A link is gone, and its addresses with it: its groups wait for another.
    func detach(_ index: Int, because reason: String) {
        for (number, group) in groups.enumerated() where group.linkIndex == index {
            feed(.carrierLost, toGroup: number)
            group.countedBefore = counters(of: group)
            group.running = nil
            group.deadline = nil
            group.linkIndex = nil
            wait(group, for: reason)
        }
        attached.removeValue(forKey: index)?.port.close()
        retryAt = machine.now + Self.retrySpacing
    }

    /// Closes links that no group is on, and gives the others the new numbers of the groups that are left.
    func trimLinks() {
        for (index, link) in attached {
            let members = self.members(of: index)
            if members.isEmpty {
                attached.removeValue(forKey: index)?.port.close()
            } else {
                link.keep(members)
            }
        }
    }
}

extension LinkFacts {
    /// Whether frames can leave and the kernel answers for its addresses. A bond without members, for one, has a MAC
    /// address of zeros, which nobody may send from.
    fileprivate var canSend: Bool { isUp && hasCarrier && isEthernet && mac != .zero && !mac.isGroup }
}
