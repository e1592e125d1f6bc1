// Talking to the service manager that started the process: sd_notify(3). The journal has a file of its own.

internal import CVIPLinux
internal import Glibc

/// The service manager, if one listens; without one nothing happens.
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
    public let isPresent: Bool
    /// It restarts the service unless it hears `watchdog` at least so often; nil: it does not watch.
    public let watchdogInterval: Duration?

    /// Reads the environment.
    public init() {
        isPresent = unsafe getenv("NOTIFY_SOCKET") != nil
        var microseconds: UInt64 = 0
        let status = unsafe cvip_service_watchdog(&microseconds)
        watchdogInterval =
            status == 0 && microseconds > 0 ? .microseconds(Int64(clamping: microseconds)) : nil
    }

    /// Tells the service manager, all in one message. Returns 0, or the errno where it could not be told.
    @discardableResult
    public func notify(_ notifications: Notification...) -> Int32 {
        guard isPresent else { return 0 }
        let text = notifications.map(Self.assignment).joined(separator: "\n")
        return max(0, 0 &- (unsafe cvip_service_notify(text)))
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
