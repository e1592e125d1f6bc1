// What a check is: what it tries, how often, and how many results in a row count. Deliberately not here: trying
// (vipd-check), what follows from a result (CheckTracker.swift), and what is allowed (CheckSpecification+Limits.swift).

/// One check of a service on this node.
public struct CheckSpecification: Hashable, Sendable {
    /// What it is called in `vipd status`; unique in its group.
    public var name: String
    /// What is tried.
    public var probe: Probe
    /// From the start of one run to the start of the next. A run that takes longer puts the next one off.
    public var interval: Duration
    /// A run that takes longer than this has failed.
    public var timeout: Duration
    /// How many passes in a row make a failing check pass.
    public var rise: Int
    /// How many failures in a row make a check fail.
    public var fall: Int

    /// What a check tries.
    public enum Probe: Hashable, Sendable {
        /// Something accepts connections there: a host name or a literal address, and a port.
        case tcp(host: String, port: UInt16)
        /// A web server answers as it should.
        case http(HTTPProbe)
        /// A program ends with exit code 0. Its arguments, of which the first is its absolute path.
        case exec([String])
        /// An etcd member is healthy and sees a leader. The URLs are those of its `/health`.
        case etcd(HTTPProbe)
    }

    public init(
        name: String, probe: Probe, interval: Duration = .seconds(1), timeout: Duration = .milliseconds(500),
        rise: Int = 2, fall: Int = 3
    ) {
        self.name = name
        self.probe = probe
        self.interval = interval
        self.timeout = timeout
        self.rise = rise
        self.fall = fall
    }
}

/// A request to a web server, and which answers are good ones.
public struct HTTPProbe: Hashable, Sendable {
    /// `http://` and `https://` URLs, tried in turn: the next only where the one before answers 404 or nothing listens.
    public var urls: [String]
    /// The status codes that are good.
    public var statuses: [ClosedRange<Int>]
    /// What must occur in the first 64 KiB of the body; nil: any body is good.
    public var body: String?
    /// PEM file of the authorities whose certificates count; nil: those of the system.
    public var caFile: String?
    /// PEM file of the certificate to show to the server.
    public var certificateFile: String?
    /// PEM file of that certificate's key; nil: it is in `certificateFile`.
    public var keyFile: String?
    /// True: any certificate of the server is good.
    public var isInsecure: Bool

    public init(
        urls: [String], statuses: [ClosedRange<Int>] = [200...299], body: String? = nil, caFile: String? = nil,
        certificateFile: String? = nil, keyFile: String? = nil, isInsecure: Bool = false
    ) {
        self.urls = urls
        self.statuses = statuses
        self.body = body
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.isInsecure = isInsecure
    }
}
