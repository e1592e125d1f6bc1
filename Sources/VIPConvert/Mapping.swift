// From what a keepalived.conf says to vipd's groups: which instances make a group, its addresses, its election.
// Deliberately not here: checks (CheckMapping), hooks (HookMapping), and reading the file (KeepalivedReader).

import VIPConfiguration
import VIPHealth
import VIPWire

/// Makes groups of instances.
struct Mapping {
    let file: KeepalivedFile
    var notes: NoteList
    private(set) var groups: [OutputGroup] = []
    var checkCount = 0
    /// The scripts that some group watches.
    var trackedScripts: Set<String> = []
    private var names: Set<String> = []
    private var takenAddresses: Set<IPv4Address> = []

    init(file: KeepalivedFile, notes: NoteList) {
        self.file = file
        self.notes = notes
    }

    /// Makes the groups of the instances named in `chosen`, or of all where that is empty.
    mutating func map(chosen: [String]) {
        let chosen = Set(chosen)
        let instances = file.instances.filter { chosen.isEmpty || chosen.contains($0.name) }
        for instance in file.instances where !chosen.isEmpty && !chosen.contains(instance.name) {
            notes.add("vrrp_instance \(instance.name.quoted) was not asked for", at: instance.place)
        }
        let syncGroups = syncGroups(of: instances)
        var joined: Set<Int> = []
        for instance in instances {
            guard let (index, members) = syncGroups[instance.name] else {
                add([instance], sync: nil)
                continue
            }
            if members.isEmpty {
                add([instance], sync: file.syncGroups[index])
            } else if joined.insert(index).inserted {
                add(members, sync: file.syncGroups[index])
            }
        }
        noteUntracked()
    }

    /// The sync group of each instance that is in one, with all members where these can be one group.
    private mutating func syncGroups(of instances: [VRRPInstance]) -> [String: (index: Int, members: [VRRPInstance])] {
        let known = Dictionary(instances.map { ($0.name, $0) }) { first, _ in first }
        let all = Set(file.instances.map(\.name))
        var found: [String: (index: Int, members: [VRRPInstance])] = [:]
        for (index, group) in file.syncGroups.enumerated() {
            for member in group.members where !all.contains(member.text) {
                notes.add("there is no vrrp_instance \(member.text.quoted) for the sync group", at: member.place)
            }
            var named: Set<String> = []
            let names = group.members.map(\.text).filter { known[$0] != nil && named.insert($0).inserted }
            guard !names.contains(where: { found[$0] != nil }) else {
                notes.add("an instance of the sync group is in another one already, which is taken", at: group.place)
                continue
            }
            let members = names.compactMap { known[$0] }
            let isOneLink = members.allSatisfy { $0.interface?.value == members[0].interface?.value }
            if !isOneLink {
                notes.add(
                    "the instances of the sync group \(group.name.quoted) are on more than one link: each becomes a group "
                        + "that moves on its own, since the addresses of a group of vipd's are on one link",
                    at: group.place)
            }
            for name in names { found[name] = (index, isOneLink ? members : []) }
        }
        return found
    }

    /// Adds the group that `instances`, which are on one link, make together; `sync` is the sync group that they are in.
    private mutating func add(_ instances: [VRRPInstance], sync: SyncGroup?) {
        let first = instances[0]
        let isJoined = instances.count > 1
        let source = isJoined ? sync?.name ?? first.name : first.name
        var group = OutputGroup(name: "", origin: isJoined ? "vrrp_sync_group \(source)" : "vrrp_instance \(source)")
        group.addresses = addresses(of: instances)
        guard !group.addresses.isEmpty else {
            notes.add(
                "no IPv4 address of vrrp_instance \(first.name.quoted) is left, so it makes no group", at: first.place)
            return
        }
        guard groups.count < Limits.groupCount else {
            notes.add("vipd has at most \(Limits.groupCount) groups; this one is left out", at: first.place)
            return
        }
        group.name = OutputName.name(for: source, length: Limits.groupNameLength.upperBound, taken: names)
        if group.name != source {
            notes.add("the name \(source.quoted) becomes \(group.name)", at: first.place)
        }
        names.insert(group.name)
        group.interface = interface(of: first)
        mapElection(of: instances, into: &group)
        mapChecks(of: instances, sync, into: &group)
        mapHooks(of: instances, sync, isJoined: isJoined, into: &group)
        groups.append(group)
    }

    /// The addresses of all of them, each in one group of the file only.
    private mutating func addresses(of instances: [VRRPInstance]) -> [IPv4Address] {
        var addresses: [IPv4Address] = []
        for address in instances.flatMap(\.addresses) {
            guard addresses.count < Limits.addressesInGroup else {
                notes.add("a group of vipd's has at most \(Limits.addressesInGroup) addresses", at: address.place)
                break
            }
            guard takenAddresses.insert(address.value).inserted else {
                notes.add("\(address.value) is in another instance already", at: address.place)
                continue
            }
            addresses.append(address.value)
        }
        return addresses
    }

    private mutating func interface(of instance: VRRPInstance) -> String? {
        guard let interface = instance.interface else {
            notes.add("without an interface vipd takes the link whose subnet the addresses are in", at: instance.place)
            return nil
        }
        let name = interface.value
        guard OutputName.isLink(name) else {
            notes.add(
                "\(name.quoted) is no name of a link; vipd takes the one whose subnet the addresses are in",
                at: interface.place)
            return nil
        }
        return name
    }

    // The election.

    private mutating func mapElection(of instances: [VRRPInstance], into group: inout OutputGroup) {
        let first = instances[0]
        for other in instances.dropFirst()
        where other.priority?.value != first.priority?.value
            || other.advertInterval?.value != first.advertInterval?.value
            || (other.noPreempt == nil) != (first.noPreempt == nil)
        {
            notes.add(
                "the instances of a sync group differ in priority, advert_int or nopreempt; those of the first are taken",
                at: other.place)
        }
        group.priority = priority(of: first)
        group.interval = interval(of: first)
        group.suspectAfter = suspicion(of: first, interval: group.interval)
        mapPreemption(of: first, into: &group)
        if let spacing = file.announcementInterval {
            group.pace = pace(spacing)
        }
    }

    private mutating func priority(of instance: VRRPInstance) -> Int? {
        guard let priority = instance.priority else { return nil }
        let allowed = Int(Limits.priority.lowerBound)...Int(Limits.priority.upperBound)
        let value = min(max(priority.value, allowed.lowerBound), allowed.upperBound)
        if priority.value == 255 {
            notes.add("priority 255, that of the address' owner, becomes 254: vipd knows no owner", at: priority.place)
        } else if value != priority.value {
            notes.add("priority \(priority.value) becomes \(value): vipd's are 1 to 254", at: priority.place)
        }
        return value
    }

    private mutating func interval(of instance: VRRPInstance) -> Seconds? {
        guard let interval = instance.advertInterval else { return nil }
        let value = interval.value.clamped(to: Limits.interval)
        if value != interval.value {
            notes.add(
                "advert_int \(interval.value.text) becomes \(value.text): vipd's are 10ms to 10s", at: interval.place)
        }
        return value
    }

    private mutating func suspicion(of instance: VRRPInstance, interval: Seconds?) -> Seconds? {
        guard let adverts = instance.downTimerAdverts else { return nil }
        let interval = interval ?? Seconds(Limits.defaultInterval)
        let value = Seconds(microseconds: interval.microseconds * Int64(min(max(adverts.value, 0), 1000)))
        guard value.microseconds * 2 >= interval.microseconds * 3, value <= Seconds(Limits.longestSuspectAfter) else {
            notes.add(
                "down_timer_adverts \(adverts.value) is left out: vipd waits for 1.5 intervals at least, and a minute at most",
                at: adverts.place)
            return nil
        }
        return value
    }

    private mutating func mapPreemption(of instance: VRRPInstance, into group: inout OutputGroup) {
        if let place = instance.noPreempt {
            if instance.isMaster {
                notes.add("nopreempt has no effect beside state MASTER, so preempt is true", at: place)
            } else {
                group.preempts = false
            }
        }
        guard group.preempts, let delay = instance.preemptDelay else {
            if let delay = instance.preemptDelay {
                notes.add("preempt_delay has no effect beside nopreempt", at: delay.place)
            }
            return
        }
        let value = delay.value.clamped(to: Limits.preemptDelay)
        if value != delay.value {
            notes.add("preempt_delay \(delay.value.text) becomes \(value.text), the longest of vipd's", at: delay.place)
        }
        group.preemptDelay = value
    }

    private mutating func pace(_ spacing: Placed<Seconds>) -> Int? {
        guard spacing.value.microseconds > 0 else { return nil }
        let frames = Int(1_000_000 / spacing.value.microseconds)
        let value = min(max(frames, Limits.pace.lowerBound), Limits.pace.upperBound)
        notes.add(
            "vrrp_garp_interval \(spacing.value.text) becomes pace: \(value), the frames a second, in each group",
            at: spacing.place)
        return value
    }
}
