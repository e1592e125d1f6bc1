// Descriptors that are waited for, and who is told. Deliberately not here: waiting, which libcurl does (Transfers.swift).
import CVIPCheck

/// A set of descriptors with handlers. It belongs to one thread.
final class Poller {
    /// Called while the descriptor is readable, or failed: the next read tells. `isWritable`: there is room to write.
    typealias Handler = (_ isWritable: Bool) -> Void

    /// Names one watching; a descriptor that is watched again has another.
    struct Watch: Hashable {
        fileprivate let token: UInt64
        fileprivate let descriptor: Int32
    }

    /// Readable while any of the descriptors is ready.
    let descriptor: Int32
    private var handlers: [UInt64: Handler] = [:]
    private var lastToken: UInt64 = 0
    private var ready = [cvip_ready](repeating: cvip_ready(), count: 64)

    /// Nil where the kernel has no descriptor left.
    init?() {
        descriptor = cvip_wait_open()
        if descriptor < 0 { return nil }
    }

    /// Has `handler` called whenever `descriptor` is ready, until `unwatch`, which is due before it is closed. Nil where
    /// the kernel refuses.
    func watch(_ descriptor: Int32, handler: @escaping Handler) -> Watch? {
        lastToken += 1
        guard cvip_wait_add(self.descriptor, descriptor, 0, lastToken) == 0 else { return nil }
        handlers[lastToken] = handler
        return Watch(token: lastToken, descriptor: descriptor)
    }

    /// Whether room to write is waited for as well.
    func setWriting(_ isWriting: Bool, _ watch: Watch) {
        _ = cvip_wait_modify(descriptor, watch.descriptor, isWriting ? 1 : 0, watch.token)
    }

    /// Ends a watching, at once: an event of this very turn is not delivered any more.
    func unwatch(_ watch: Watch) {
        guard handlers.removeValue(forKey: watch.token) != nil else { return }
        cvip_wait_remove(descriptor, watch.descriptor)
    }

    /// Calls the handlers of what is ready now.
    func dispatch() {
        let count = unsafe cvip_wait_ready(descriptor, &ready, Int32(ready.count))
        for index in 0..<Int(max(0, count)) {
            let event = ready[index]
            handlers[event.token]?(event.writable != 0)
        }
    }
}
