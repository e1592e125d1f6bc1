// Hooks and webhooks: what has happened to a group is handed to the checker process, which runs programs and posts.
// They are handed over at the end of a turn, when the addresses have moved: a hook delays nothing.
// Deliberately not here: running them, in order and within their time (vipd-check).

import VIPConfiguration
import VIPControl
import VIPElection
import VIPHealth
import VIPJSON
import VIPWire

extension Daemon {
    /// Calls that wait for a checker; the oldest give way.
    static let mostPendingCalls = 64
    /// A fact that lists addresses names so many of them.
    private static let mostAddressesTold = 200
    private static let webhookTimeout: Duration = .seconds(5)

    /// Calls the hooks of `group` that a report is about.
    func callHooks(for report: Report, of group: Group) {
        switch report {
        case .stateChanged(let from, let to, let reason):
            let held = from.isHolding
            if to.isHolding && !held { callHooks(.acquired, of: group, reason: describe(reason)) }
            if held && !to.isHolding { callHooks(.released, of: group, reason: describe(reason)) }
            // Sick services are told when they fall sick, be there a change of state or not.
            if to == .ineligible, case .obstacle(let obstacle) = reason, obstacle.isFault {
                callHooks(.fault, of: group, reason: describe(obstacle))
            }
        case .conflictBegan(let conflict):
            callHooks(.fault, of: group, reason: describe(conflict))
        default: break
        }
    }

    /// Notes calls for the end of the turn, with the facts as they are now.
    func callHooks(_ event: HookEvent, of group: Group, reason: String) {
        let hooks = group.configuration.hooks
        let command: [String]? =
            switch event {
            case .acquired: hooks.acquired
            case .released: hooks.released
            case .fault: hooks.fault
            }
        guard command != nil || group.configuration.webhook != nil else { return }
        let facts = facts(on: event, of: group, reason: reason)
        let json = JSONValue.object(facts.map { .init(key: $0.key, value: $0.value) }).text(.compact)
        if let command {
            lastCallID += 1
            keepCall(
                .hook(
                    HookCall(
                        id: lastCallID, group: group.name, event: event, command: command,
                        environment: facts.map { (name: $0.variable, value: $0.text) }, facts: json,
                        timeout: hooks.timeout)))
        }
        if let url = group.configuration.webhook {
            lastCallID += 1
            keepCall(
                .post(
                    WebhookCall(
                        id: lastCallID, group: group.name, url: url, facts: json, timeout: Self.webhookTimeout)))
        }
    }

    private func keepCall(_ call: CheckerRequest) {
        if pendingCalls.count >= Self.mostPendingCalls {
            pendingCalls.removeFirst()
            hookCallsDropped += 1
            note(.warning, "a hook was not called: the checker has been gone for too many of them")
        }
        pendingCalls.append(call)
    }

    /// Hands over what has been noted, as far as the checker takes it.
    func handOverCalls() {
        guard let checker, !pendingCalls.isEmpty else { return }
        let taken = pendingCalls.prefix { checker.send($0) }.count
        pendingCalls.removeFirst(taken)
    }

    /// Tells how a hook, or with no event a webhook, has ended.
    func noteHook(of group: String, _ event: HookEvent?, _ outcome: String, hasFailed: Bool) {
        let name = event.map { "hook \($0.rawValue)" } ?? "webhook"
        let message = "\(name) \(hasFailed ? "failed" : "ended"): \(outcome)"
        enter(
            record(EventRecord.Kind.hook, of: group, message), hasFailed ? .warning : .info,
            saying: "group \(group): \(message)", more: [.init("HOOK", name)])
    }

    /// One fact for a hook: a key of the JSON and a variable of the environment.
    private struct Fact {
        var key: String
        var variable: String
        var value: JSONValue
        var text: String

        init(_ key: String, _ variable: String, _ text: String?) {
            self.key = key
            self.variable = "VIPD_" + variable
            value = text.map(JSONValue.string) ?? .null
            self.text = text ?? ""
        }
    }

    private func facts(on event: HookEvent, of group: Group, reason: String) -> [Fact] {
        let configuration = group.configuration
        let addresses = configuration.addresses.prefix(Self.mostAddressesTold).map(\.description)
        var list = Fact("addresses", "ADDRESSES", addresses.joined(separator: " "))
        list.value = .array(addresses.map(JSONValue.string))
        var count = Fact("addressCount", "ADDRESS_COUNT", "\(configuration.addresses.count)")
        count.value = .integer(Int64(configuration.addresses.count))
        var term = Fact("term", "TERM", "\(group.election?.term ?? 0)")
        term.value = .integer(Int64(clamping: group.election?.term ?? 0))
        return [
            Fact("event", "EVENT", event.rawValue), Fact("group", "GROUP", group.name), list, count,
            Fact("interface", "INTERFACE", group.linkIndex.flatMap { attached[$0]?.facts.name }),
            Fact("node", "NODE", nodeName), Fact("state", "STATE", group.election?.currentState.rawValue),
            Fact("holder", "HOLDER", group.election?.currentHolder?.reference.name),
            Fact("reason", "REASON", reason), term, Fact("at", "AT", machine.wallClock.rfc3339),
        ]
    }
}

extension State {
    /// Whether the node has the addresses and speaks for them.
    fileprivate var isHolding: Bool { self == .holder || self == .handingOver }
}

extension Obstacle {
    /// Whether something is wrong, and nobody wanted it.
    fileprivate var isFault: Bool {
        switch self {
        case .carrierLost, .addressRefused: true
        case .stopping, .maintenance, .unhealthy: false
        }
    }
}
