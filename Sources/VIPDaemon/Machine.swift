// What the daemon asks of the machine it runs on: the ports that the program plugs Linux into, and tests a fake.
// Deliberately not here: any implementation, and any judgement.

public import VIPConfiguration
public import VIPControl
public import VIPElection
public import VIPHealth
public import VIPWire

/// The machine, as the daemon sees it. All calls are made on the daemon's executor and return without waiting.
public protocol Machine: AnyObject {
    /// CLOCK_BOOTTIME: never goes back, goes on while the machine is suspended.
    var now: Instant { get }
    /// The civil time of an instant, for people: the same at every call, until somebody sets the civil clock.
    func civilTime(of instant: Instant) -> Timestamp
    /// The interfaces as the kernel last told: what was installed or removed a moment ago may be missing.
    var links: [MachineLink] { get }
    /// Brings ``links`` up to what the kernel has told by now, the effects of all that was asked of it included. Whom
    /// ``watchLinks(_:)`` calls is not told of this.
    func refreshLinks()
    /// How often reports of the kernel were lost so far, and ``links`` were asked for anew.
    var reportLosses: Int { get }
    /// What the machine has counted of what it had to turn away or drop: clients of the control socket, lines of the log.
    var counters: [GroupCounters.Count] { get }
    /// How this process runs beside others: settled before the daemon starts.
    var realtime: RealtimeStatus { get }
    /// Randomness, different at every call.
    func randomSeed() -> UInt64
    /// Opens a link for sending and receiving frames that concern any of `addresses`. `receive` is called on the
    /// daemon's executor, for each frame or the reason for its refusal.
    /// - Throws: a one-line error with the way out.
    func open(
        _ link: LinkFacts, for addresses: [IPv4Address], receive: @escaping (Result<Frame, FrameRefusal>) -> Void
    ) throws -> any LinkPort
    /// Makes sure that no other vipd serves `address` in this network namespace, for as long as the answer lives.
    /// - Throws: a one-line error with the way out.
    func reserve(_ address: IPv4Address) throws -> AnyObject
    /// Removes addresses from an interface, whatever their lease; what is not there is no error.
    func removeLeftovers(_ addresses: [IPv4Address], fromLink index: Int)
    /// The default gateways behind a link, the preferred first; none where the kernel does not say.
    func gateways(ofLink index: Int) -> [IPv4Address]
    /// Resets the TCP connections whose local address is one of `addresses`, and returns how many there were. Listening
    /// sockets stay.
    /// - Throws: a one-line error, also where the kernel cannot do it.
    func closeConnections(boundTo addresses: [IPv4Address]) throws -> Int
    /// Starts, or reaches, the process that runs checks and hooks. `receive` is called on the daemon's executor: for each
    /// report, and once with nil when the process is gone, after which the port is only good for closing.
    /// - Throws: a one-line error with the way out.
    func openChecker(_ receive: @escaping (CheckerReport?) -> Void) throws -> any CheckerPort
    /// Asks for `Daemon.endTurn` at `deadline`; nil: only after the next input.
    func wake(at deadline: Instant?)
    /// The configuration, as it is written now.
    /// - Throws: an error with a line for each mistake.
    func loadConfiguration() throws -> Configuration
    /// Reads the keys that `settings` name. Frames are signed and verified by them once ``LoadedKeys/use`` is called, and
    /// until then as before.
    /// - Throws: a one-line error with the way out; it says nothing of what is in a file.
    func loadKeys(_ settings: KeySettings) throws -> LoadedKeys
    /// Calls `changed` on the daemon's executor whenever ``links`` is different.
    /// - Throws: a one-line error with the way out.
    func watchLinks(_ changed: @escaping () -> Void) throws
    /// Writes a line to the log.
    func write(_ entry: LogEntry)
    /// Tells the service manager (sd_notify(3)).
    func notify(_ state: ServiceState)
    /// Tells those who follow the timeline.
    func publish(_ event: EventRecord)
    /// Whether an operator has taken this node out, as stored by ``storeMaintenance(_:)``, across restarts.
    func loadMaintenance() throws -> Bool
    /// - Throws: a one-line error with the way out.
    func storeMaintenance(_ isOn: Bool) throws
    /// All groups are released: the program may end.
    func finished()
}

extension Machine {
    /// The civil time it is.
    public var wallClock: Timestamp { civilTime(of: now) }
}

/// Keys that were read, and not used yet.
public struct LoadedKeys {
    /// The id of the key that frames are signed with; nil: of none.
    public var keyID: KeyID?
    /// Has all links sign and verify by these keys from now on.
    public var use: () -> Void

    public init(keyID: KeyID?, use: @escaping () -> Void) {
        self.keyID = keyID
        self.use = use
    }
}

/// An interface and what vipd has on it.
public struct MachineLink: Equatable, Sendable {
    /// Its addresses are without vipd's own.
    public var facts: LinkFacts
    /// The addresses under a lease of vipd's.
    public var leased: Set<IPv4Address>

    public init(facts: LinkFacts, leased: Set<IPv4Address> = []) {
        self.facts = facts
        self.leased = leased
    }
}

/// One open link.
public protocol LinkPort: AnyObject {
    /// Receives frames that concern any of `addresses` from now on, and others no more.
    /// - Throws: a one-line error; what was received before is received still.
    func listen(for addresses: [IPv4Address]) throws
    /// Sends frames in order. Returns 0, or the errno of the first that failed; those before it were sent.
    func send(_ frames: [Frame]) -> Int32
    /// Sends one frame, as holders and candidates do all the time. Returns 0 or the errno.
    func send(_ frame: Frame) -> Int32
    /// Adds or renews addresses, /32, with a lease; returns those that the kernel refused.
    func install(_ addresses: ArraySlice<IPv4Address>, leaseSeconds: Int) -> [AddressRefusal]
    /// Removes addresses; returns those that the kernel refused to remove. What is not there is not refused.
    func remove(_ addresses: [IPv4Address]) -> [AddressRefusal]
    /// Sends TCP segments of connections that did not begin here on to `predecessor`, from which the addresses come: those
    /// that come to `own` for one of `addresses`, for about a second at most.
    /// - Throws: a one-line error, also where the kernel cannot do it.
    func beginRelay(of addresses: [IPv4Address], from own: MACAddress, to predecessor: MACAddress) throws
    /// Ends that, if it was begun.
    func endRelay(of addresses: [IPv4Address])
    /// Delivers the frames that have arrived; returns false once the link can no longer be read.
    func deliver() -> Bool
    /// Frames that the kernel had no room for since the link was opened: of those that elections go by.
    var framesLost: Int { get }
    /// The same, of those that merely ask for an address: clients' requests, hosts' answers.
    var requestsLost: Int { get }
    func close()
}

/// The way to the process that runs checks and hooks.
public protocol CheckerPort: AnyObject {
    /// Hands over a request without waiting; returns false where there is no room for it now.
    func send(_ request: CheckerRequest) -> Bool
    /// No more requests: the process forgets its checks, and finishes the calls that it was given.
    func close()
    /// The same for a process that does not report any more: it is ended, if that is this program's to do.
    func abandon()
}

/// A line of the log with its fields.
public struct LogEntry: Equatable, Sendable {
    /// syslog(3)'s levels, as far as they are used.
    public enum Level: Int, Sendable {
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
    }

    public var level: Level
    public var message: String
    /// Journal fields, names without the prefix `VIPD_`.
    public var fields: [Field]
    /// The journal's MESSAGE_ID, 32 hexadecimal digits; nil for a line that its catalogue does not explain.
    public var messageID: String?

    public struct Field: Equatable, Sendable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(_ level: Level, _ message: String, fields: [Field] = [], messageID: String? = nil) {
        self.level = level
        self.message = message
        self.fields = fields
        self.messageID = messageID
    }
}

/// What the service manager is told.
public enum ServiceState: Equatable, Sendable {
    case ready
    case reloading
    case stopping
    case watchdog
    case status(String)
}
