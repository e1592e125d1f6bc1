// From notify scripts to hooks. Deliberately not here: checks (CheckMapping).

import VIPConfiguration

extension Mapping {
    /// One of vipd's hooks, and what keepalived has for it.
    private struct Hook {
        let name: String
        let script: any KeyPath<NotifyScripts, Script?> & Sendable
        /// The state that keepalived tells the script for any change.
        let state: String
        let into: any WritableKeyPath<OutputGroup, [String]?> & Sendable
        /// When the hook runs, as far as that is not when keepalived runs its script.
        let difference: String?
    }

    private static let hooks = [
        Hook(name: "acquired", script: \.master, state: "MASTER", into: \.acquired, difference: nil),
        Hook(
            name: "released", script: \.backup, state: "BACKUP", into: \.released,
            difference:
                "the hook released runs when this node drops addresses that it held, also on stop, and not at start"),
        Hook(
            name: "fault", script: \.fault, state: "FAULT", into: \.fault,
            difference: "the hook fault runs when this node cannot hold, is sick, or somebody else claims an address"),
    ]

    mutating func mapHooks(
        of instances: [VRRPInstance], _ sync: SyncGroup?, isJoined: Bool, into group: inout OutputGroup
    ) {
        // The scripts of a sync group tell of all its members; an instance that is a group of its own has its own first.
        let own = instances.map { (notify: $0.notify, kind: "INSTANCE", name: $0.name) }
        let shared = sync.map { [(notify: $0.notify, kind: "GROUP", name: $0.name)] } ?? []
        let sources = isJoined ? shared + own : own + shared
        let priority = "\(group.priority ?? Int(Limits.defaultPriority))"
        for hook in Self.hooks {
            var candidates: [(script: Script, command: [String], isAny: Bool)] = []
            for source in sources {
                if let script = source.notify[keyPath: hook.script] {
                    candidates.append((script, script.command(), false))
                }
                if let script = source.notify.any {
                    let told = [source.kind, source.name, hook.state, priority]
                    candidates.append((script, script.command(extra: told), true))
                }
            }
            guard let (script, command, isAny) = candidates.first else { continue }
            for other in candidates.dropFirst() where other.command != command {
                notes.add(
                    "vipd runs one program for each hook; this one is left out of \(hook.name)", at: other.script.place)
            }
            if let objection = CommandLimits.objection(to: command) {
                notes.add("the hook \(hook.name) is left out: \(objection)", at: script.place)
                continue
            }
            group[keyPath: hook.into] = command
            if command[0] == Script.shell { notes.add(Reasons.shell, at: script.place) }
            noteDifferences(of: script, isAny: isAny, hook.difference)
        }
    }

    private mutating func noteDifferences(of script: Script, isAny: Bool, _ difference: String?) {
        if let difference { notes.add(difference, at: script.place) }
        if isAny {
            notes.add(
                "notify gets its four arguments as they stand in the new file, the priority too; what is so at the moment is in "
                    + "the environment: VIPD_EVENT, VIPD_GROUP, VIPD_STATE and others", at: script.place)
        }
        notes.add(Reasons.scriptUser, at: script.place)
    }
}
