// The way to vipd-check: its socket where systemd runs it, else a child of this process; and what comes back from it.
// Deliberately not here: what is asked of it and when it is started again (VIPDaemon).

import Glibc
import VIPDaemon
import VIPHealth
import VIPLinux

/// The daemon's end of the channel to the checker.
final class CheckerConnection: CheckerPort {
    /// Where the socket unit has it.
    static let socketPath = "/run/vipd-check/check.sock"
    /// Packets a turn: a checker that floods must leave time for deadlines.
    private static let batch = 64

    private let channel: PacketChannel
    private let child: ChildHandle?
    private let loop: EventLoop
    private var receive: ((CheckerReport?) -> Void)?
    private var isWatched = false

    /// - Parameter isManaged: a service manager runs this process, and may run the checker too.
    init(loop: EventLoop, isManaged: Bool, receive: @escaping (CheckerReport?) -> Void) throws {
        self.loop = loop
        self.receive = receive
        (channel, child) = try Self.open(isManaged: isManaged)
        if let child { try Reaper.watch(child, on: loop) }
        // The daemon learns of the end in the turn after this: it has not got this object yet.
        try loop.watch(channel.fileDescriptor, for: .readable) { [unowned self] _ in read() }
        isWatched = true
    }

    deinit { close() }

    private static func open(isManaged: Bool) throws(SystemError) -> (PacketChannel, ChildHandle?) {
        if isManaged {
            do throws(SystemError) {
                return (try PacketChannel(connectingTo: socketPath, longest: CheckerProtocol.longestPacket), nil)
            } catch {
                guard error.errno == ENOENT else {
                    throw SystemError(
                        operation: error.operation, errno: error.errno,
                        advice: "see systemctl status vipd-check.socket vipd-check.service")
                }
                // A unit of the user's own, without the socket: then the checker is a child here as well.
            }
        }
        let path = try executablePath()
        let (channel, child) = try PacketChannel.starting(path, longest: CheckerProtocol.longestPacket)
        return (channel, child)
    }

    /// Where vipd-check may be, the first choice first.
    static var programPlaces: [String] {
        let own = MachineIdentity.executableDirectory() ?? "/usr/bin"
        return [own + "/vipd-check", own + "/../libexec/vipd/vipd-check"]
    }

    /// Where vipd-check is: beside this program where both were just built, else where an installation has it.
    private static func executablePath() throws(SystemError) -> String {
        let places = programPlaces
        if let found = places.first(where: { unsafe access($0, X_OK) == 0 }) { return found }
        throw SystemError(
            operation: "start \(places[0])", errno: ENOENT,
            advice: "checks and hooks need vipd-check: install it beside vipd, or in ../libexec/vipd")
    }

    private func read() {
        for _ in 0..<Self.batch {
            switch channel.receive() {
            case .packet(let bytes):
                // What is no report is dropped: the checker is a program that speaks with services, and is not trusted.
                guard let report = try? CheckerReport(packet: bytes) else { continue }
                receive?(report)
            case .oversized: continue
            case .nothing: return
            case .end:
                unwatch()
                let receive = self.receive
                self.receive = nil
                receive?(nil)
                return
            }
        }
    }

    func send(_ request: CheckerRequest) -> Bool {
        // What cannot be put into a packet never can be.
        guard let packet = try? request.packet() else { return true }
        return channel.send(packet) == 0
    }

    func close() {
        unwatch()
        receive = nil
    }

    func abandon() {
        child?.kill()
        close()
    }

    private func unwatch() {
        guard isWatched else { return }
        isWatched = false
        loop.unwatch(channel.fileDescriptor)
    }
}

/// Collects children when they end, be anybody interested in them or not.
private enum Reaper {
    static func watch(_ child: ChildHandle, on loop: EventLoop) throws(SystemError) {
        // The loop's handler owns the child until it has been reaped.
        try loop.watch(child.fileDescriptor, for: .readable) { [loop] _ in
            guard child.reap() else { return }
            loop.unwatch(child.fileDescriptor)
        }
    }
}
