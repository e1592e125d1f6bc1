// How the decoder takes the value of a key: its type first, then the rule for its text.
// Deliberately not here: the rules themselves (Values) and which key may stand where (ConfigurationDecoder).

internal import VIPWire

extension ConfigurationDecoder {
    /// The addresses of `vip`, which may be a single one, or of `addresses`, without those that were refused.
    mutating func addresses(of entry: YAMLNode.Entry, allowsSingle: Bool) -> [Located<IPv4Address>] {
        let nodes: [YAMLNode]
        switch entry.value.content {
        case .sequence(let items) where !items.isEmpty: nodes = items
        case .scalar where allowsSingle && !entry.value.isNull: nodes = [entry.value]
        default:
            let wanted = allowsSingle ? "an address or a list of addresses" : "a list of addresses"
            let example = allowsSingle ? "\(entry.key): 192.168.1.210" : "\(entry.key): [192.168.1.210]"
            refuse(
                "\(entry.key) must be \(wanted), not \(entry.value.emptyOrKindName); write for instance \(example)",
                at: entry.value.mark)
            return []
        }
        if nodes.count > Limits.addressesInGroup {
            refuse(
                "\(entry.key) has \(nodes.count) addresses; write at most \(Limits.addressesInGroup) in a group",
                at: nodes[Limits.addressesInGroup].mark)
        }
        return nodes.prefix(Limits.addressesInGroup).compactMap { node in
            guard case .scalar(let text, _) = node.content, !node.isNull else {
                refuse(
                    "each of \(entry.key) must be an address, not \(node.kindName); write one like 192.168.1.210",
                    at: node.mark)
                return nil
            }
            return checked(at: node.mark) { () throws(ValueError) in try AddressRule.check(text) }
                .map { Located(value: $0, mark: node.mark) }
        }
    }

    /// The paths of `accept`, which may be a single one, without those that were refused.
    mutating func paths(of entry: YAMLNode.Entry) -> [String] {
        let nodes: [YAMLNode]
        switch entry.value.content {
        case .sequence(let items) where !items.isEmpty: nodes = items
        case .scalar where !entry.value.isNull: nodes = [entry.value]
        default:
            refuse(
                "\(entry.key) must be a path or a list of paths, not \(entry.value.emptyOrKindName); "
                    + "write for instance \(entry.key): [/etc/vipd/old.key]", at: entry.value.mark)
            return []
        }
        if nodes.count > Limits.acceptedKeys {
            refuse(
                "\(entry.key) has \(nodes.count) keys; write at most \(Limits.acceptedKeys)",
                at: nodes[Limits.acceptedKeys].mark)
        }
        return nodes.prefix(Limits.acceptedKeys).compactMap { node in
            guard case .scalar(let text, _) = node.content, !node.isNull else {
                refuse(
                    "each of \(entry.key) must be a path, not \(node.kindName); write one like /etc/vipd/old.key",
                    at: node.mark)
                return nil
            }
            return checked(entry.key, at: node.mark) { () throws(ValueError) in
                try PathRule.check(text, example: PathRule.keyExample)
            }
        }
    }

    /// The value of a key that takes text; `what` names it for the error of a wrong type.
    mutating func value<Value>(
        of entry: YAMLNode.Entry, _ what: String, _ rule: (String) throws(ValueError) -> Value
    ) -> Value? {
        guard case .scalar(let text, _) = entry.value.content, !entry.value.isNull else {
            refuse("\(entry.key) must be \(what), not \(entry.value.kindName)", wayOutOf: entry)
            return nil
        }
        return checked(entry.key, at: entry.value.mark) { () throws(ValueError) in try rule(text) }
    }

    /// The value of a key that takes a bare number.
    mutating func number<Value>(
        of entry: YAMLNode.Entry, _ rule: (String) throws(ValueError) -> Value
    ) -> Value? {
        if case .scalar(let text, isPlain: false) = entry.value.content {
            refuse("\(entry.key) \(text.quoted) is in quotes; write the number without them", at: entry.value.mark)
            return nil
        }
        return value(of: entry, "a whole number", rule)
    }

    /// The value of a key that takes true or false; the other words that YAML 1.1 knows for them are refused.
    mutating func boolean(of entry: YAMLNode.Entry) -> Bool? {
        guard case .scalar(let text, let isPlain) = entry.value.content, !entry.value.isNull else {
            refuse("\(entry.key) must be true or false, not \(entry.value.kindName)", wayOutOf: entry)
            return nil
        }
        switch (text, isPlain) {
        case ("true", true): return true
        case ("false", true): return false
        case ("true", false), ("false", false):
            refuse("\(entry.key) \(text.quoted) is in quotes; write \(text) without them", at: entry.value.mark)
        default:
            let meant: String? =
                switch text.lowercased() {
                case "yes", "on", "true", "y", "1": "true"
                case "no", "off", "false", "n", "0": "false"
                default: nil
                }
            refuse(
                "\(entry.key) \(text.quoted) is neither true nor false; write \(meant ?? "one of the two")",
                at: entry.value.mark)
        }
        return nil
    }

    /// The result of a rule; its error is noted behind `label`.
    mutating func checked<Value>(
        _ label: String? = nil, at mark: Mark, _ rule: () throws(ValueError) -> Value
    ) -> Value? {
        do {
            return try rule()
        } catch {
            refuse(label.map { "\($0) \(error.message)" } ?? error.message, at: mark)
            return nil
        }
    }

    /// Refuses a value of a wrong type, with what the table says about the key.
    mutating func refuse(_ message: String, wayOutOf entry: YAMLNode.Entry) {
        let key = ConfigurationKey.tables.lazy.flatMap(\.keys).first { $0.name == entry.key }
        let wayOut = key?.range ?? key?.type
        refuse(wayOut.map { "\(message); write \($0)" } ?? message, at: entry.value.mark)
    }
}

extension YAMLNode {
    /// `kindName`, or that a list or a set is empty.
    var emptyOrKindName: String {
        switch content {
        case .sequence(let items) where items.isEmpty: "an empty list"
        case .mapping(let entries) where entries.isEmpty: "an empty set of keys"
        default: kindName
        }
    }
}
