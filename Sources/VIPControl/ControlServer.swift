// The daemon's side of the control socket: accepts clients, answers their requests, sends events to followers.
// Deliberately not here: what the answers say (the handler's business), and waiting (the reactor's).
import Glibc

/// The control server. It lives on the thread of its reactor and never waits.
///
/// In a round of the loop a client has one request served at most, and those who may only look have a share of the time
/// together, so that no caller can keep the loop from its work.
public final class ControlServer {
    /// What clients may cost.
    public struct Limits: Equatable, Sendable {
        /// Clients at a time.
        public var clients = 64
        /// Of these, kept for callers who may change things, so that others cannot lock them out.
        public var reservedClients = 8
        /// Bytes of one request, newline included.
        public var requestBytes = 4096
        /// Bytes of answers and events that may wait for one client.
        public var outputBytes = 1 << 20
        /// The same for all of them together.
        public var totalOutputBytes = 8 << 20
        /// How long the answers to callers who may only look may take together, in nanoseconds, in a window of so many:
        /// then the next ones wait for its end. The one that goes beyond it is answered whole, and lengthens the window.
        public var answeringNs: UInt64 = 5_000_000
        public var answeringWindowNs: UInt64 = 50_000_000
        /// How long a client may do nothing, in nanoseconds; followers who read what they get are exempt.
        public var idleNs: UInt64 = 30_000_000_000

        public init() {}
    }

    /// What happened since the server started.
    public struct Counters: Equatable, Sendable {
        public var accepted: UInt64 = 0
        /// Clients turned away because there were too many.
        public var refusedBusy: UInt64 = 0
        /// Requests that could not be understood or were too long.
        public var refusedRequests: UInt64 = 0
        /// Requests the caller was not allowed.
        public var deniedRequests: UInt64 = 0
        /// Times a request had to wait because answers to others had taken their time.
        public var delayedRequests: UInt64 = 0
        /// Clients dropped because they did not read.
        public var droppedSlow: UInt64 = 0
        /// Clients dropped because they did nothing.
        public var droppedIdle: UInt64 = 0
        /// Times the kernel had no descriptor or memory left for a client.
        public var acceptFailures: UInt64 = 0

        public init() {}
    }

    public private(set) var counters = Counters()
    /// Clients at the moment.
    public var clientCount: Int { clients.count }

    private let socket: ListeningSocket
    private let policy: AccessPolicy
    private let limits: Limits
    private let reactor: any Reactor
    private let handler: (ControlRequest) -> ControlResponse
    private var clients: [Int32: Connection] = [:]
    /// What answers to callers who may only look have taken in the window that ends then.
    private var answering: (endsAtNs: UInt64, takenNs: UInt64) = (0, 0)
    private var isAccepting = false
    private var isOpen = true

    /// Clients accepted in one turn of the loop.
    private static let acceptsPerTurn = 16

    /// Makes the socket at `path` and listens. `handler` answers each request that `policy` allows, at once; for
    /// `events` its answer is what is kept, and what comes later goes through `publish`.
    ///
    /// The socket file is everyone's to connect to; its directory is made if missing, a dead daemon's socket replaced.
    /// The umask of the process changes for a moment: call it before other threads make files.
    ///
    /// - Throws: `ControlServerError`, one line with the way out; also where another vipd answers on `path`.
    public init(
        path: String, policy: AccessPolicy, limits: Limits = Limits(), reactor: any Reactor,
        handler: @escaping (ControlRequest) -> ControlResponse
    ) throws(ControlServerError) {
        socket = try ListeningSocket(path: path)
        self.policy = policy
        self.limits = limits
        self.reactor = reactor
        self.handler = handler
        do {
            try startAccepting()
        } catch {
            close()
            throw ControlServerError(description: "cannot wait for clients on \(path): \(error)")
        }
    }

    deinit { close() }

    /// Drops all clients and removes the socket file, if it is still the server's own. A second call does nothing.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        reactor.unwatch(socket.fd)
        for client in clients.values { drop(client) }
        socket.close()
    }

    /// Sends `event` to every follower.
    public func publish(_ event: EventRecord) {
        let followers = clients.values.filter(\.follows)
        guard !followers.isEmpty else { return }
        let line = event.line
        for client in followers {
            send(line, to: client)
            settle(client)
        }
    }

    /// Drops clients that do nothing, and accepts again after the kernel ran out of descriptors. Call it about once a
    /// second, with a clock that never goes back.
    public func tick(nowNs: UInt64) {
        guard isOpen else { return }
        if !isAccepting { try? startAccepting() }
        for client in clients.values where client.isWaiting {
            if let since = client.idleSinceNs {
                guard nowNs >= since, nowNs - since >= limits.idleNs else { continue }
                counters.droppedIdle += 1
                drop(client)
            } else {
                client.idleSinceNs = nowNs
            }
        }
    }

    // Clients come and go.

    private func startAccepting() throws {
        try reactor.watch(socket.fd, readable: true, writable: false) { [weak self] _ in self?.acceptClients() }
        isAccepting = true
    }

    private func acceptClients() {
        for _ in 0..<Self.acceptsPerTurn {
            let fd = accept(socket.fd, nil, nil)
            guard fd >= 0 else {
                switch errno {
                case EAGAIN: return
                case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                    // The client stays in the queue, so the socket stays readable: without a pause the loop would spin.
                    counters.acceptFailures += 1
                    reactor.unwatch(socket.fd)
                    isAccepting = false
                    return
                default: continue
                }
            }
            _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
            admit(fd)
        }
    }

    private func admit(_ fd: Int32) {
        let credentials = PeerCredentials(peerOf: fd)
        let client = Connection(fd: fd, credentials: credentials, requestBytes: limits.requestBytes)
        let places = limits.clients - (policy.allows(.change, to: credentials) ? 0 : limits.reservedClients)
        guard clients.count < places else {
            counters.refusedBusy += 1
            let error = ControlError(.busy, "vipd already serves \(clients.count) clients; try again in a moment")
            client.enqueue(ControlResponse.failure(error).line)
            // As much as a new socket takes; whoever is turned away gets no queue.
            try? client.flush()
            client.close()
            return
        }
        counters.accepted += 1
        clients[fd] = client
        settle(client)
    }

    private func drop(_ client: Connection) {
        guard client.isOpen else { return }
        reactor.unwatch(client.fd)
        clients[client.fd] = nil
        client.close()
    }

    /// After anything was done for a client: drops it if that was all, else asks the reactor for what it needs next.
    private func settle(_ client: Connection) {
        guard client.isOpen else { return }
        guard !client.isDone else { return drop(client) }
        do {
            // Writing is also what brings the loop back to a client whose next request is already read.
            try reactor.watch(
                client.fd, readable: client.wantsInput, writable: client.queuedBytes > 0 || client.hasRequest
            ) { [weak self, weak client] readiness in
                guard let self, let client, client.isOpen else { return }
                self.serve(client, readiness)
            }
        } catch {
            drop(client)
        }
    }

    // Requests and answers.

    private func serve(_ client: Connection, _ readiness: Readiness) {
        do throws(SystemError) {
            try client.flush()
            if readiness.contains(.readable), client.wantsInput { try client.fill() }
        } catch {
            return drop(client)
        }
        if client.queuedBytes == 0, client.hasRequest {
            if let untilNs = answeringResumes(for: client) {
                return readiness.contains(.hangup) ? drop(client) : delay(client, untilNs: untilNs)
            }
            answer(client)
        }
        // Whoever hung up right after asking gets no answer, but what it asked for is done by now.
        if readiness.contains(.hangup) { return drop(client) }
        settle(client)
    }

    /// Until when a client's request has to wait; nil for one that is answered now.
    private func answeringResumes(for client: Connection) -> UInt64? {
        guard !mayChange(client) else { return nil }
        let now = reactor.nowNs
        if now >= answering.endsAtNs { answering = (now + limits.answeringWindowNs, 0) }
        return answering.takenNs < limits.answeringNs ? nil : answering.endsAtNs
    }

    /// An answer that took longer than its share lengthens the window.
    private func noteAnswering(from began: UInt64) {
        answering.takenNs += reactor.nowNs - began
        guard answering.takenNs > limits.answeringNs else { return }
        let windows = answering.takenNs / limits.answeringNs
        answering.endsAtNs = max(answering.endsAtNs, began + windows * limits.answeringWindowNs)
    }

    private func mayChange(_ client: Connection) -> Bool { policy.allows(.change, to: client.credentials) }

    private func delay(_ client: Connection, untilNs: UInt64) {
        counters.delayedRequests += 1
        settle(client)
        guard client.isOpen else { return }
        do {
            try reactor.rest(client.fd, untilNs: untilNs)
        } catch {
            drop(client)
        }
    }

    private func answer(_ client: Connection) {
        let began = reactor.nowNs
        defer { if !mayChange(client) { noteAnswering(from: began) } }
        do throws(ControlError) {
            guard let line = client.takeRequest() else {
                throw ControlError(.tooLong, "a request may have \(limits.requestBytes) bytes, newline included")
            }
            let request = try ControlRequest(parsing: line)
            send(respond(to: request, from: client), to: client)
        } catch {
            counters.refusedRequests += 1
            client.isFinishing = true
            send(ControlResponse.failure(error).line, to: client)
        }
    }

    /// The line that answers `request`.
    private func respond(to request: ControlRequest, from client: Connection) -> String {
        guard policy.allows(request.access, to: client.credentials) else {
            counters.deniedRequests += 1
            return ControlResponse.failure(policy.refusal(of: request, to: client.credentials)).line
        }
        let response = handler(request)
        let line = response.line
        guard line.utf8.count <= limits.outputBytes else {
            let error = ControlError(
                .failed, "the answer has \(line.utf8.count) bytes, more than the \(limits.outputBytes) of a client")
            return ControlResponse.failure(error).line
        }
        if case .events(_, follow: true) = request, case .events = response { client.follows = true }
        return line
    }

    /// Whether so many bytes more may wait for `client`: those for whom the most waits are dropped for that, who may change
    /// things last.
    private func makeRoom(for size: Int, of client: Connection) -> Bool {
        var waiting = clients.values.reduce(0) { $0 + $1.queuedBytes }
        while waiting + size > limits.totalOutputBytes {
            guard let other = fullest(but: client), mayChange(client) || !mayChange(other) else { return false }
            waiting -= other.queuedBytes
            counters.droppedSlow += 1
            drop(other)
        }
        return true
    }

    /// Of those for whom something waits, and who may not change things if there is one that may not.
    private func fullest(but client: Connection) -> Connection? {
        let others = clients.values.filter { $0 !== client && $0.queuedBytes > 0 }
        return others.max { left, right in
            let (leftMay, rightMay) = (mayChange(left), mayChange(right))
            return leftMay == rightMay ? left.queuedBytes < right.queuedBytes : leftMay
        }
    }

    private func send(_ line: String, to client: Connection) {
        guard client.isOpen else { return }
        let size = line.utf8.count
        guard client.queuedBytes + size <= limits.outputBytes, makeRoom(for: size, of: client) else {
            counters.droppedSlow += 1
            return drop(client)
        }
        client.enqueue(line)
        do throws(SystemError) {
            try client.flush()
        } catch {
            drop(client)
        }
    }
}
