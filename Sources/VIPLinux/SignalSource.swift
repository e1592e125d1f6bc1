// Signals as something to read, in order with all other input: signalfd(2).

internal import CVIPLinux
internal import Glibc

/// Signals that come through a descriptor instead of interrupting.
public final class SignalSource {
    private let descriptor: OwnedDescriptor

    /// Blocks the signals in the calling thread and the threads it starts later, and has them come here.
    ///
    /// Call it before there is another thread. They stay blocked after this object is gone, and in children, which have
    /// to unblock them.
    public init(_ signals: [Int32]) throws(SystemError) {
        descriptor = OwnedDescriptor(
            try check(unsafe cvip_signal_open(signals, signals.count), "receive signals \(signals)"))
    }

    /// The descriptor to wait on until it is readable; stays ours.
    public var fileDescriptor: Int32 { descriptor.number }

    /// The numbers of the signals that have come, such as SIGTERM. Equal ones that came together are one.
    public func read() -> [Int32] {
        var signals: [Int32] = []
        while true {
            let signal = cvip_signal_next(descriptor.number)
            guard signal > 0 else { return signals }
            signals.append(signal)
        }
    }
}
