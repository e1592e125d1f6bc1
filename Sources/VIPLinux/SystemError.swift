// The one error of this target: what was tried, what the kernel said, and the way out.

internal import Glibc

/// A call on the system that failed, told in one line.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried and on what, after "cannot": `open a packet socket on eth0`.
    public let operation: String
    /// The error number of errno(3), positive.
    public let errno: Int32
    /// What the operator can do, or more about the cause; nil where there is nothing to add.
    public let advice: String?

    /// Makes an error of an error number, positive or negative as the shim returns it.
    public init(operation: String, errno: Int32, advice: String? = nil) {
        self.operation = operation
        self.errno = errno < 0 ? 0 &- errno : errno
        self.advice = advice
    }

    /// `cannot open a packet socket on eth0: Operation not permitted; vipd needs CAP_NET_RAW: run it under…`
    public var description: String {
        let cause = "cannot \(operation): \(Self.text(of: errno))"
        guard let advice, !advice.isEmpty else { return cause }
        return "\(cause); \(advice)"
    }

    /// ENOENT, for what a file system knows nothing of.
    public static let notFound: Int32 = ENOENT

    /// The C library's sentence for an error number: `No such device`.
    public static func text(of errno: Int32) -> String {
        unsafe String(cString: strerror(errno))
    }
}

/// `result` of the shim, unless it is a negative error number.
func check(
    _ result: Int32, _ operation: @autoclosure () -> String, advice: (Int32) -> String? = { _ in nil }
) throws(SystemError) -> Int32 {
    guard result < 0 else { return result }
    throw SystemError(operation: operation(), errno: result, advice: advice(0 &- result))
}

/// The way out where a capability is missing or the interface is not there.
func adviceForInterface(_ errno: Int32, capability: String) -> String? {
    switch errno {
    case EPERM, EACCES: "vipd needs \(capability): run it under systemd or with sudo"
    case ENODEV, ENXIO: "there is no such interface now: `ip link` lists those that are"
    case ENETDOWN: "bring the interface up: `ip link set <interface> up`"
    default: nil
    }
}
