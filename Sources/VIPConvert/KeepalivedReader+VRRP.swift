// How the reader takes vrrp_instance and vrrp_sync_group.
// Deliberately not here: what vipd has nothing for, word by word (Reasons).

import VIPConfiguration
import VIPWire

extension KeepalivedReader {
    mutating func readInstance(_ statement: Statement) {
        guard let name = name(of: statement) else { return }
        guard instanceNames.insert(name.text).inserted else {
            notes.add(
                "vrrp_instance \(name.text.quoted) stands here again; the first one is taken", at: statement.place)
            return
        }
        var instance = VRRPInstance(name: name.text, place: statement.place)
        // First, since addresses may stand before it and be on another one.
        let interface = statement.block?.last { $0.keyword == "interface" }?.argument
        instance.interface = interface.map { Placed(value: $0.text, place: $0.place) }
        for entry in statement.block ?? [] {
            if !readElection(entry, into: &instance), !readNotify(entry, into: &instance.notify),
                !readTracking(entry, into: &instance.tracking)
            {
                readOther(entry, into: &instance)
            }
        }
        file.instances.append(instance)
    }

    /// What decides who is the holder; false for other statements.
    private mutating func readElection(_ entry: Statement, into instance: inout VRRPInstance) -> Bool {
        switch entry.keyword {
        case "state":
            instance.isMaster = entry.argument?.text == "MASTER"
            if instance.isMaster {
                notes.add(
                    "state MASTER: every node of vipd begins by listening, and the best by priority takes over",
                    at: entry.place)
            }
        case "priority": instance.priority = number(entry)
        case "advert_int": instance.advertInterval = seconds(entry)
        case "down_timer_adverts": instance.downTimerAdverts = number(entry)
        case "nopreempt": instance.noPreempt = entry.place
        case "preempt": instance.noPreempt = nil
        case "preempt_delay": instance.preemptDelay = seconds(entry)
        default: return false
        }
        return true
    }

    private mutating func readOther(_ entry: Statement, into instance: inout VRRPInstance) {
        switch entry.keyword {
        case "interface": break
        case "virtual_ipaddress", "virtual_ipaddress_excluded":
            for address in entry.block ?? [] { readAddress(address, into: &instance) }
        case "authentication":
            instance.hasAuthentication = true
            notes.add(
                "authentication: vipd signs its frames with a key file; make one with 'vipd key', and name it under keyFile",
                at: entry.place)
        case "accept": break  // as vipd does
        default: noteLeftOut(entry, Reasons.ofInstance, of: "vrrp_instance")
        }
    }

    mutating func readSyncGroup(_ statement: Statement) {
        guard let name = name(of: statement) else { return }
        var group = SyncGroup(name: name.text, place: statement.place)
        for entry in statement.block ?? [] {
            if entry.keyword == "group" {
                group.members += (entry.block ?? []).flatMap(\.words)
            } else if !readNotify(entry, into: &group.notify), !readTracking(entry, into: &group.tracking) {
                noteLeftOut(entry, Reasons.ofInstance, of: "vrrp_sync_group")
            }
        }
        file.syncGroups.append(group)
    }

    /// The scripts that vipd has hooks for; false for other statements.
    private mutating func readNotify(_ entry: Statement, into notify: inout NotifyScripts) -> Bool {
        switch entry.keyword {
        case "notify_master": notify.master = Script(entry)
        case "notify_backup": notify.backup = Script(entry)
        case "notify_fault": notify.fault = Script(entry)
        case "notify": notify.any = Script(entry)
        default: return false
        }
        return true
    }

    // What is watched.

    private mutating func readTracking(_ entry: Statement, into tracking: inout Tracking) -> Bool {
        switch entry.keyword {
        case "track_script": tracking.scripts += (entry.block ?? []).map(tracked)
        case "track_interface": tracking.interfaces += (entry.block ?? []).map(tracked)
        default: return false
        }
        return true
    }

    /// `NAME [weight NUMBER [reverse]]`.
    private func tracked(_ entry: Statement) -> TrackedName {
        let words = entry.words.map(\.text)
        let weight = words.firstIndex(of: "weight").flatMap { $0 + 1 < words.count ? Int(words[$0 + 1]) : nil }
        return TrackedName(
            name: entry.keyword, place: entry.place, weight: weight, isReversed: words.contains("reverse"))
    }

    // Addresses.

    /// The words of `ip address add` that take another one behind them.
    private static let valuedWords: Set = ["brd", "dev", "scope", "label", "peer", "preferred_lft", "metric"]

    /// `ADDRESS[/LENGTH] [WORD [VALUE]]…`.
    private mutating func readAddress(_ entry: Statement, into instance: inout VRRPInstance) {
        let (text, length) = Self.split(entry.keyword)
        if text.contains(":") {
            notes.add("IPv6 addresses are not carried over: vipd moves IPv4 addresses alone, by ARP", at: entry.place)
            return
        }
        guard let address = IPv4Address(text) else {
            notes.add("\(entry.keyword.quoted) is no address, and is not carried over", at: entry.place)
            return
        }
        guard address.isUnicast else {
            notes.add("\(address) is no address that a machine can have, and is not carried over", at: entry.place)
            return
        }
        var words = entry.arguments
        while let word = words.popFirst() {
            let value = Self.valuedWords.contains(word.text) ? words.popFirst() : nil
            guard word.text == "dev" else {
                notes.add(
                    "\(word.text.quoted) behind an address is not carried over: vipd sets each as it sets all, /32, scope "
                        + "global, without a label", at: entry.place)
                continue
            }
            guard value?.text == instance.interface?.value || instance.interface == nil else {
                notes.add(
                    "\(address) on another link, \(value?.text.printable ?? ""), is not carried over: the addresses of a "
                        + "group are on one link; give it a group of its own, which moves on its own", at: entry.place)
                return
            }
            if instance.interface == nil, let value {
                instance.interface = Placed(value: value.text, place: value.place)
            }
        }
        if let length, length != "32" {
            notes.add(
                "prefix lengths are not carried over: vipd sets each address as /32, and the link must have its subnet already",
                at: entry.place)
        }
        guard instance.knownAddresses.insert(address).inserted else {
            notes.add("\(address) stands here again", at: entry.place)
            return
        }
        instance.addresses.append(Placed(value: address, place: entry.place))
    }

    private static func split(_ text: String) -> (address: String, length: String?) {
        guard let slash = text.firstIndex(of: "/") else { return (text, nil) }
        return (String(text[..<slash]), String(text[text.index(after: slash)...]))
    }
}
