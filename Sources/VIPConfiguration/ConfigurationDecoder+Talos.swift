// Talos Linux' own files: a machine's configuration or a patch of one, and Layer2VIPConfig documents. What concerns the VIP is
// taken, the rest of their keys is skipped: there are hundreds, and none of them is vipd's.
// Deliberately not here: vipd's own format (ConfigurationDecoder).

internal import VIPWire

extension ConfigurationDecoder {
    /// Whether a document is one of Talos': what its kind is, or a machine's configuration.
    static func isTalos(_ root: YAMLNode) -> Bool {
        guard case .mapping(let entries) = root.content else { return false }
        return entries.contains { $0.key == "machine" || $0.key == "kind" }
    }

    /// What documents of Talos' say of virtual IPs.
    mutating func decodeTalos(_ documents: [YAMLNode]) -> ConfigurationDraft {
        var draft = ConfigurationDraft()
        for document in documents {
            guard case .mapping(let all) = document.content, Self.isTalos(document) else {
                refuse("this document is none of Talos', as those beside it; write vipd's own alone", at: document.mark)
                continue
            }
            let entries = unique(all)
            refuseOwnKeys(entries)
            if let kind = entries.first(where: { $0.key == "kind" }) {
                guard case .scalar("Layer2VIPConfig", _) = kind.value.content else { continue }
                draft.speaksOfGroups = true
                draft.groups += [layer2(entries, at: document.mark)].compactMap(\.self)
            } else if let machine = mapping("machine", of: entries), let network = mapping("network", of: machine),
                let interfaces = sequence("interfaces", of: network)
            {
                for interface in interfaces { take(interface, into: &draft) }
            }
        }
        refuseRepeated(&draft.groups)
        // One address has the name that it has with --vip; several have their own, the same on all nodes.
        if draft.groups.count > 1 {
            for index in draft.groups.indices {
                guard let address = draft.groups[index].addresses.first else { continue }
                draft.groups[index].name = Located(value: address.value.description, mark: address.mark)
            }
        }
        return draft
    }

    /// Talos puts an address that stands beside several interfaces on each of them.
    private mutating func refuseRepeated(_ groups: inout [GroupDraft]) {
        var lines: [IPv4Address: Int] = [:]
        groups.removeAll { group in
            guard let address = group.addresses.first else { return false }
            if let line = lines[address.value] {
                refuse(
                    "\(address.value) stands here again, first on line \(line); a virtual IP belongs to one interface",
                    at: address.mark)
                return true
            }
            lines[address.value] = address.mark.line
            return false
        }
    }

    /// A key of vipd's among Talos' would be skipped in silence.
    private mutating func refuseOwnKeys(_ entries: [YAMLNode.Entry]) {
        let shared = ["name", "interface"]
        for entry in entries where !shared.contains(entry.key) {
            guard FileKey(rawValue: entry.key) != nil || GroupKey(rawValue: entry.key) != nil else { continue }
            refuse(
                "\"\(entry.key)\" is a key of vipd's and cannot stand in a file of Talos'; "
                    + "give it as a flag of vipd run, or write vipd's own file", at: entry.keyMark)
        }
    }

    private mutating func layer2(_ entries: [YAMLNode.Entry], at mark: Mark) -> GroupDraft? {
        guard let name = entries.first(where: { $0.key == "name" }),
            let link = entries.first(where: { $0.key == "link" })
        else {
            refuse("a Layer2VIPConfig needs a name, which is the address, and a link; add what is missing", at: mark)
            return nil
        }
        var group = GroupDraft(mark: mark)
        group.speaksOfAddresses = true
        group.addresses = addresses(of: name, allowsSingle: true)
        group.interface = value(of: link, "a name", NameRule.interface.check)
        return group
    }

    /// One of machine.network.interfaces.
    private mutating func take(_ node: YAMLNode, into draft: inout ConfigurationDraft) {
        guard case .mapping(let all) = node.content else { return }
        let entries = unique(all)
        if case .scalar("true", isPlain: true)? = entries.first(where: { $0.key == "ignore" })?.value.content { return }
        let interface = entries.first { $0.key == "interface" }
        let selector = entries.first { $0.key == "deviceSelector" }
        if let vip = entries.first(where: { $0.key == "vip" }) {
            draft.speaksOfGroups = true
            var group = GroupDraft(mark: vip.keyMark)
            group.speaksOfAddresses = true
            group.addresses = address(of: vip)
            if let interface {
                group.interface = value(of: interface, "a name", NameRule.interface.check)
            } else if let selector {
                group.selector = self.selector(of: selector)
            } else {
                refuse("this vip has neither an interface nor a deviceSelector beside it; add one", at: vip.keyMark)
            }
            draft.groups.append(group)
        }
        for vlan in sequence("vlans", of: entries) ?? [] { take(vlan: vlan, of: interface, into: &draft) }
    }

    /// A VLAN's interface has its parent's name and its own number, as Talos names it.
    private mutating func take(vlan: YAMLNode, of interface: YAMLNode.Entry?, into draft: inout ConfigurationDraft) {
        guard case .mapping(let all) = vlan.content else { return }
        let entries = unique(all)
        guard let vip = entries.first(where: { $0.key == "vip" }) else { return }
        draft.speaksOfGroups = true
        guard let interface, case .scalar(let parent, _) = interface.value.content,
            let identifier = entries.first(where: { $0.key == "vlanId" }),
            case .scalar(let number, _) = identifier.value.content
        else {
            refuse(
                "the VIP of a VLAN needs the name of its parent (interface) and a vlanId; add them, or write vipd's own "
                    + "file with the VLAN's interface", at: vip.keyMark)
            return
        }
        var group = GroupDraft(mark: vip.keyMark)
        group.speaksOfAddresses = true
        group.addresses = address(of: vip)
        group.interface = checked("vlanId", at: identifier.value.mark) { () throws(ValueError) in
            let number = try SettingRule.wholeNumber(number, in: 1...4094)
            return try NameRule.interface.check("\(parent).\(number)")
        }
        draft.groups.append(group)
    }

    /// The address of a `vip` of Talos'.
    private mutating func address(of vip: YAMLNode.Entry) -> [Located<IPv4Address>] {
        guard case .mapping(let all) = vip.value.content else {
            refuse(
                "vip must be a set of keys here, as Talos has it; write vip: {ip: 192.168.1.210}", at: vip.value.mark)
            return []
        }
        let entries = unique(all)
        for entry in entries where entry.key == "equinixMetal" || entry.key == "hcloud" {
            refuse(
                "\"\(entry.key)\" moves the address through a provider's API, and vipd only by ARP; remove it where the "
                    + "machines share an Ethernet segment", at: entry.keyMark)
        }
        guard let ip = entries.first(where: { $0.key == "ip" }) else {
            refuse("this vip has no ip; add one, like ip: 192.168.1.210", at: vip.keyMark)
            return []
        }
        return addresses(of: ip, allowsSingle: true)
    }

    private func mapping(_ key: String, of entries: [YAMLNode.Entry]) -> [YAMLNode.Entry]? {
        guard case .mapping(let found)? = entries.first(where: { $0.key == key })?.value.content else { return nil }
        return found
    }

    private func sequence(_ key: String, of entries: [YAMLNode.Entry]) -> [YAMLNode]? {
        guard case .sequence(let found)? = entries.first(where: { $0.key == key })?.value.content else { return nil }
        return found
    }
}
