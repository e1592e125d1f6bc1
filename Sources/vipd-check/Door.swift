// The one connection to a daemon, and the socket where it comes in. Deliberately not here: what packets mean.
import CVIPCheck
import Glibc
import VIPHealth

/// Lets one daemon in at a time. It belongs to one thread.
final class Door {
    /// What happens at the door.
    enum Event {
        /// A daemon has come.
        case opened
        case packet([UInt8])
        /// A packet that was too long; it is lost.
        case tooLong(bytes: Int)
        /// The daemon has gone.
        case closed
    }

    /// Packets a turn, so that a flood of them delays nothing else.
    private static let mostPackets = 64
    /// Packets that wait for a daemon that does not read. What comes beyond them is lost.
    private static let mostWaiting = 1024

    private let poller: Poller
    private let onEvent: (Event) -> Void
    private var listener: (descriptor: Int32, watch: Poller.Watch)?
    private var connection: (descriptor: Int32, watch: Poller.Watch)?
    private var waiting: [[UInt8]] = []
    private var buffer = [UInt8](repeating: 0, count: CheckerProtocol.longestPacket)

    /// True while a daemon can still come.
    var isListening: Bool { listener != nil }
    var isConnected: Bool { connection != nil }

    init(poller: Poller, onEvent: @escaping (Event) -> Void) {
        self.poller = poller
        self.onEvent = onEvent
    }

    /// Lets in those who connect to `descriptor`. False where it cannot be waited for.
    func listen(at descriptor: Int32) -> Bool {
        guard let watch = poller.watch(descriptor, handler: { [unowned self] _ in accept() }) else { return false }
        listener = (descriptor, watch)
        return true
    }

    /// Takes `descriptor` for the connection. False where it cannot be waited for.
    func connect(_ descriptor: Int32) -> Bool {
        guard let watch = poller.watch(descriptor, handler: { [unowned self] in serve(isWritable: $0) }) else {
            return false
        }
        connection = (descriptor, watch)
        onEvent(.opened)
        return true
    }

    /// Sends a packet, now or when there is room. Without a connection it is lost.
    func send(_ packet: [UInt8]) {
        guard let connection, waiting.count < Self.mostWaiting else { return }
        waiting.append(packet)
        if waiting.count == 1 { flush(connection.descriptor, connection.watch) }
    }

    /// Lets nobody in any more and hangs up, which is told as `closed`.
    func close() {
        if let listener {
            poller.unwatch(listener.watch)
            Glibc.close(listener.descriptor)
        }
        listener = nil
        hangUp()
    }

    private func hangUp() {
        guard let connection else { return }
        poller.unwatch(connection.watch)
        Glibc.close(connection.descriptor)
        self.connection = nil
        waiting = []
        onEvent(.closed)
    }

    private func accept() {
        guard let listener else { return }
        // A daemon that was restarted comes in before the end of the one before was read.
        if isConnected { serve(isWritable: false) }
        var peer: uid_t = 0
        let descriptor = unsafe cvip_door_accept(listener.descriptor, &peer)
        guard descriptor >= 0 else { return }
        let objection: String? =
            if peer != 0, peer != geteuid() {
                "only root and the user of vipd-check may use it, not user \(peer)"
            } else {
                isConnected ? "vipd-check serves another daemon already" : nil
            }
        if let objection {
            let packet = CheckerReport.refused(problem: objection).packet
            _ = unsafe cvip_door_send(descriptor, packet, packet.count)
            Glibc.close(descriptor)
        } else if !connect(descriptor) {
            Glibc.close(descriptor)
        }
    }

    private func serve(isWritable: Bool) {
        if isWritable, let connection { flush(connection.descriptor, connection.watch) }
        for _ in 0..<Self.mostPackets {
            guard let connection else { return }
            let length = unsafe cvip_door_receive(connection.descriptor, &buffer, buffer.count)
            if length == 0 - Int(EAGAIN) { return }
            guard length > 0 else { return hangUp() }
            onEvent(length <= buffer.count ? .packet(Array(buffer[..<length])) : .tooLong(bytes: length))
        }
    }

    private func flush(_ descriptor: Int32, _ watch: Poller.Watch) {
        var sent = 0
        while sent < waiting.count {
            let status = unsafe cvip_door_send(descriptor, waiting[sent], waiting[sent].count)
            if status == 0 - EAGAIN { break }
            // Where it failed for good, reading tells of the end.
            sent += 1
        }
        waiting.removeFirst(sent)
        poller.setWriting(!waiting.isEmpty, watch)
    }
}
