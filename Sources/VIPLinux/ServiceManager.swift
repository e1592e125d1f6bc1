// The service manager that started the process, and what it is told: the protocol of sd_notify(3), without waiting. The
// journal has a file of its own.

internal import CVIPLinux
internal import Glibc

/// The service manager, as the environment names it.
public struct ServiceManager: Sendable {
    /// What can be told.
    public enum Notification: Hashable, Sendable {
        /// The service is up; also: reloading has ended.
        case ready
        /// One line for `systemctl status`; line breaks become spaces.
        case status(String)
        /// Still alive: due twice in every `watchdogInterval`.
        case watchdog
        case stopping
        /// A reload has begun; `ready` ends it.
        case reloading
    }

    /// A service manager started this process and listens ($NOTIFY_SOCKET).
    public var isPresent: Bool { address != nil }
    /// $NOTIFY_SOCKET.
    let address: String?
    /// It restarts the service unless it hears `watchdog` at least so often; nil: it does not watch.
    public let watchdogInterval: Duration?

    /// Reads the environment.
    public init() {
        address = unsafe getenv("NOTIFY_SOCKET").map { unsafe String(cString: $0) }
        var microseconds: UInt64 = 0
        let status = unsafe cvip_service_watchdog(&microseconds)
        watchdogInterval =
            status == 0 && microseconds > 0 ? .microseconds(Int64(clamping: microseconds)) : nil
    }

    static func assignment(_ notification: Notification) -> String {
        switch notification {
        case .ready: return "READY=1"
        case .status(let line): return "STATUS=" + String(line.map { $0.isNewline || $0 == "\0" ? " " : $0 })
        case .watchdog: return "WATCHDOG=1"
        case .stopping: return "STOPPING=1"
        case .reloading:
            // Type=notify-reload wants the time, in microseconds of CLOCK_MONOTONIC: sd_notify(3).
            var now = timespec()
            _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
            return "RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)"
        }
    }
}

/// What the service manager is told, without waiting for it.
///
/// Where it reads nothing and its queue is full, what is to be told waits here: of each kind the last, since that is what holds.
/// ``fileDescriptor`` then says when ``flush()`` has a chance; whatever is told meanwhile tries, too.
public final class ServiceNotifier {
    private let address: String?
    /// Kept open: a machine that has no descriptor left must not miss a sign of life. Negative while there is none.
    private var socket: Int32 = -1
    private var lifecycle: ServiceManager.Notification?
    private var status: ServiceManager.Notification?
    private var isAlive = false

    public init(_ manager: ServiceManager) {
        address = manager.address
        if let address { socket = unsafe cvip_service_connect(address) }
    }

    deinit { disconnect() }

    /// While something waits to be told: writable when the service manager reads again. Good until the next call of `notify`
    /// or `flush`.
    public var fileDescriptor: Int32? { waiting.isEmpty ? nil : socket }

    private var waiting: [ServiceManager.Notification] {
        [lifecycle, status, isAlive ? .watchdog : nil].compactMap(\.self)
    }

    /// Tells the service manager, all in one message, with what has waited. Returns 0, also where there is none, or the errno:
    /// EAGAIN where it waits; after any other it is forgotten.
    @discardableResult
    public func notify(_ notifications: ServiceManager.Notification...) -> Int32 {
        guard address != nil else { return 0 }
        for notification in notifications {
            switch notification {
            case .ready, .reloading, .stopping: lifecycle = notification
            case .status: status = notification
            case .watchdog: isAlive = true
            }
        }
        return flush()
    }

    /// Tells what has waited. Returns as ``notify(_:)``.
    @discardableResult
    public func flush() -> Int32 {
        let waiting = waiting
        guard let address, !waiting.isEmpty else { return 0 }
        let text = waiting.map(ServiceManager.assignment).joined(separator: "\n")
        var error = socket < 0 ? socket : unsafe cvip_service_notify(socket, text)
        if error != 0, error != -EAGAIN {
            // It may have made its socket anew.
            disconnect()
            socket = unsafe cvip_service_connect(address)
            error = socket < 0 ? socket : unsafe cvip_service_notify(socket, text)
        }
        if error != -EAGAIN { (lifecycle, status, isAlive) = (nil, nil, false) }
        return 0 &- error
    }

    private func disconnect() {
        if socket >= 0 { _ = close(socket) }
        socket = -1
    }
}
