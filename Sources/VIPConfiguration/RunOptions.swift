// The flags of `vipd run` that concern the configuration, as they were typed.
// Deliberately not here: parsing a command line (the vipd tool), and what the flags do (ConfigurationAssembly).

/// Flags of `vipd run`, all optional, each as typed and not yet checked. Daemons keep them to load again on SIGHUP.
public struct RunOptions: Equatable, Sendable {
    /// `--config FILE`
    public var configPath: String?
    /// `--vip ADDR`, as often as it was given.
    public var vips: [String]
    /// `--interface NAME`
    public var interface: String?
    /// `--node NAME`
    public var node: String?
    /// `--priority N`
    public var priority: String?
    /// `--interval DUR`
    public var interval: String?
    /// `--key-file FILE`
    public var keyFile: String?

    /// Makes options of the flags that were given.
    public init(
        configPath: String? = nil, vips: [String] = [], interface: String? = nil, node: String? = nil,
        priority: String? = nil, interval: String? = nil, keyFile: String? = nil
    ) {
        self.configPath = configPath
        self.vips = vips
        self.interface = interface
        self.node = node
        self.priority = priority
        self.interval = interval
        self.keyFile = keyFile
    }
}
