// What a file said, each value checked by itself, before flags and defaults complete it.
// Deliberately not here: reading the tree (ConfigurationDecoder) and completing it (ConfigurationAssembly).

internal import VIPHealth
internal import VIPWire

/// A value and where the file has it.
struct Located<Value: Equatable>: Equatable {
    var value: Value
    var mark: Mark
}

/// The contents of a file. What was refused is missing here; its problem is noted elsewhere.
struct ConfigurationDraft {
    var node: String?
    var keyFile: String?
    /// True if that was given, be it refused.
    var speaksOfKeyFile = false
    var accepted: Located<[String]>?
    var acceptsUnsigned: Located<Bool>?
    var realtime: Bool?
    var groups: [GroupDraft] = []
    /// True if the file has a word on addresses, be it a refused one: then their absence is no problem of its own.
    var speaksOfGroups = false
}

/// The settings of one group as far as they were given.
struct GroupDraft {
    /// Where the group begins.
    var mark: Mark
    var name: Located<String>?
    var addresses: [Located<IPv4Address>] = []
    /// True if the addresses were given, be they refused.
    var speaksOfAddresses = false
    var interface: String?
    var selector: DeviceSelector?
    var priority: UInt8?
    var interval: Duration?
    var suspectAfter: Located<Duration>?
    var leaseSeconds: Int?
    var broadcast: Bool?
    var preempt: Bool?
    var preemptDelay: Duration?
    var members: Int?
    var strict: Located<Bool>?
    var confirm: [Located<IPv4Address>] = []
    var pace: Int?
    var checks: [CheckSpecification] = []
    var holdsWhenAllUnhealthy: Bool?
    var holdDown: Duration?
    var hooks = HookCommands()
    var webhook: String?

    /// The group's name, given or not.
    var effectiveName: String { name?.value ?? Limits.defaultGroupName }
}
