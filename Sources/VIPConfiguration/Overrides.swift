// The flags of `vipd run`, checked.
// Deliberately not here: what they override (ConfigurationAssembly).

internal import VIPWire

/// The flags that override settings, checked.
struct Overrides {
    var addresses: [IPv4Address] = []
    var hasAddresses = false
    var interface: String?
    var node: String?
    var priority: UInt8?
    var interval: Duration?
    var keyFile: String?

    /// Checks all flags; what is refused is nil, and noted.
    init(_ options: RunOptions, _ problems: inout ProblemList) {
        func check<Value>(
            _ flag: String, _ text: String?, _ rule: (String) throws(ValueError) -> Value
        ) -> Value? {
            guard let text else { return nil }
            do {
                return try rule(text)
            } catch {
                problems.add("\(flag) \(error.message)")
                return nil
            }
        }
        hasAddresses = !options.vips.isEmpty
        if options.vips.count > Limits.addressesInGroup {
            problems.add(
                "--vip is given \(options.vips.count) times; give at most \(Limits.addressesInGroup) addresses")
        }
        var seen: Set<IPv4Address> = []
        for text in options.vips.prefix(Limits.addressesInGroup) {
            guard let address = check("--vip", text, AddressRule.check) else { continue }
            if seen.insert(address).inserted {
                addresses.append(address)
            } else {
                problems.add("--vip \(address) is given twice; remove one of them")
            }
        }
        interface = check("--interface", options.interface, NameRule.interface.check)
        node = check("--node", options.node, NameRule.node.check)
        priority = check("--priority", options.priority, SettingRule.priority)
        interval = check("--interval", options.interval, SettingRule.interval)
        // As it was typed, from where this was started: where it leads to nothing, opening it says so.
        keyFile = options.keyFile
    }
}
