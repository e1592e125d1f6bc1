// The one thread's loop: descriptors, one timer, and the jobs of Swift concurrency, handled in turns.
// It knows nothing of what is behind a descriptor, and decides nothing but the order: input first, deadlines after.

internal import CVIPLinux
internal import Glibc
internal import Synchronization

/// An epoll loop that is also the executor of an actor and of its tasks, all on the thread that made it.
///
/// A turn waits until something is ready, handles all that is, and ends with `onTurnEnd`. Where the time that was asked for
/// has come, it goes on until nothing is left (or a flood has had its share) before it ends: whoever checks deadlines there
/// has seen all input that came before them.
///
/// Every member must be used on the loop's own thread, the one that called `init`, except for `enqueue` and those of
/// `SerialExecutor` that the runtime calls. An actor that returns the loop as its `unownedExecutor` is entered from
/// handlers with `assumeIsolated`.
// Sendable because: `thread`, `epoll`, `timer` and `wakeup` are immutable, and the descriptors are the kernel's to
// guard; `jobs` is behind a mutex; every other stored property is only touched by the members that check with
// `requireOwnThread` that they run on the one thread `thread`.
public final class EventLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    /// What a descriptor is watched for, and what it is found to be.
    public struct Readiness: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// There is something to read, the end included.
        public static let readable = Readiness(rawValue: UInt32(CVIP_READABLE))
        /// There is room to write.
        public static let writable = Readiness(rawValue: UInt32(CVIP_WRITABLE))
        /// It failed or was hung up; reported whether watched for or not. The next read or write tells more.
        public static let failed = Readiness(rawValue: UInt32(CVIP_FAILED))
    }

    /// Called with what the descriptor is found to be; once a round for as long as it is.
    public typealias Handler = (Readiness) -> Void

    private struct Watch {
        let generation: UInt32
        var interest: Readiness
        let handler: Handler
    }

    /// A descriptor of which nothing is reported for a while.
    private struct Rest {
        let descriptor: Int32
        let until: Int64
    }

    private enum Token {
        static let wakeup: UInt64 = 0
        static let timer: UInt64 = 1
        // Watched descriptors have a generation of at least 1 in the upper half, so they come after these.
    }

    private static let mostEvents = 64
    /// Rounds a turn, so that a flood of input cannot put deadlines off for ever.
    private static let mostRounds = 16
    /// How long a loop that leaves time to others goes on without a rest, and how long it rests then: a tenth of the
    /// time is theirs, and no deadline of an election is missed for it.
    private static let longestRun: Int64 = 9_000_000
    private static let restMicroseconds: UInt32 = 1000

    private let thread: pthread_t
    private let epoll: OwnedDescriptor
    private let timer: OwnedDescriptor
    private let wakeup: OwnedDescriptor
    private let jobs = Mutex<[UnownedJob]>([])

    /// By descriptor: they are small numbers, and one is looked up for everything that is ready.
    private var watches: [Watch?] = []
    private var rests: [Rest] = []
    private var lastGeneration: UInt32 = 0
    private var armedFor: Int64?
    private var isStopping = false
    private var isGenerous = false
    /// Since when there was always something to do; only followed by a loop that leaves time to others.
    private var busySince: Int64?
    private var turnEnd: ((_ now: Int64) -> Void)?
    private var ready = [cvip_ready](repeating: cvip_ready(), count: mostEvents)

    /// Makes the calling thread the loop's own.
    public init() throws(SystemError) {
        thread = pthread_self()
        epoll = OwnedDescriptor(try check(cvip_epoll_open(), "open an epoll descriptor"))
        timer = OwnedDescriptor(try check(cvip_timer_open(), "open a timer of CLOCK_BOOTTIME"))
        wakeup = OwnedDescriptor(try check(cvip_event_open(), "open an eventfd"))
        let readable = UInt32(CVIP_READABLE)
        // Once for each time that it is set to: nothing has to be read of it.
        let once = readable | UInt32(CVIP_EDGE)
        _ = try check(cvip_epoll_add(epoll.number, timer.number, once, Token.timer), "watch the timer")
        _ = try check(cvip_epoll_add(epoll.number, wakeup.number, readable, Token.wakeup), "watch the eventfd")
    }

    /// Nanoseconds of CLOCK_BOOTTIME: monotonic, and going on while the machine is suspended.
    public static var now: Int64 { cvip_boottime() }

    /// True to rest now and then where there is always something to do. A thread in realtime would keep its processor from
    /// everything else for as long as a flood lasts.
    public var leavesTimeToOthers: Bool {
        get {
            requireOwnThread()
            return isGenerous
        }
        set {
            requireOwnThread()
            isGenerous = newValue
        }
    }

    /// Called at the end of each turn, after all its input, with the time of then.
    public var onTurnEnd: ((_ now: Int64) -> Void)? {
        get {
            requireOwnThread()
            return turnEnd
        }
        set {
            requireOwnThread()
            turnEnd = newValue
        }
    }

    /// Has `handler` called whenever `descriptor` is ready, from the next round on, until `unwatch`.
    ///
    /// Level-triggered: what the handler leaves unread calls it again. The descriptor stays the caller's, who unwatches
    /// it before closing it. It must not be watched already. Throws EPERM for what cannot be waited for: a regular file.
    public func watch(
        _ descriptor: Int32, for interest: Readiness, handler: @escaping Handler
    ) throws(SystemError) {
        requireOwnThread()
        precondition(watch(of: descriptor) == nil, "descriptor \(descriptor) is watched already")
        lastGeneration = lastGeneration == .max ? 1 : lastGeneration + 1
        let watch = Watch(generation: lastGeneration, interest: interest, handler: handler)
        let token = Self.token(descriptor, watch.generation)
        let status = cvip_epoll_add(epoll.number, descriptor, interest.rawValue, token)
        _ = try check(status, "wait for descriptor \(descriptor)")
        let place = Int(descriptor)
        if place >= watches.count { watches += repeatElement(nil, count: place + 1 - watches.count) }
        watches[place] = watch
    }

    private func watch(of descriptor: Int32) -> Watch? {
        watches.indices.contains(Int(descriptor)) ? watches[Int(descriptor)] : nil
    }

    /// Changes what a watched descriptor is watched for; with nothing, only for failure. Ends its rest.
    public func modify(_ descriptor: Int32, for interest: Readiness) throws(SystemError) {
        requireOwnThread()
        rests.removeAll { $0.descriptor == descriptor }
        try wait(for: interest, of: descriptor)
        watches[Int(descriptor)]?.interest = interest
    }

    /// Reports nothing of a watched descriptor, but for failure, until that time of `now`; from then on all again. For one
    /// that would have more to say than there is time for.
    public func rest(_ descriptor: Int32, until nanoseconds: Int64) throws(SystemError) {
        requireOwnThread()
        try wait(for: [], of: descriptor)
        rests.removeAll { $0.descriptor == descriptor }
        rests.append(Rest(descriptor: descriptor, until: nanoseconds))
    }

    private func wait(for interest: Readiness, of descriptor: Int32) throws(SystemError) {
        guard let watch = watch(of: descriptor) else {
            preconditionFailure("descriptor \(descriptor) is not watched")
        }
        let token = Self.token(descriptor, watch.generation)
        let status = cvip_epoll_modify(epoll.number, descriptor, interest.rawValue, token)
        _ = try check(status, "wait for descriptor \(descriptor)")
    }

    /// Ends the watching, at once: an event of this very round is not delivered any more. One not watched is passed over.
    public func unwatch(_ descriptor: Int32) {
        requireOwnThread()
        guard watch(of: descriptor) != nil else { return }
        watches[Int(descriptor)] = nil
        rests.removeAll { $0.descriptor == descriptor }
        // It fails where the descriptor was closed too early, and then has nothing left to do.
        _ = cvip_epoll_remove(epoll.number, descriptor)
    }

    /// Has a turn begin at that time of `now` at the latest, once; nil: no more. One time at a time: the last call counts.
    public func wakeAt(_ nanoseconds: Int64?) {
        requireOwnThread()
        guard nanoseconds != armedFor else { return }
        armedFor = nanoseconds
        let status = cvip_timer_set(timer.number, nanoseconds.map { max(0, $0) } ?? -1)
        precondition(status == 0, "a timer was refused: \(SystemError.text(of: 0 &- status))")
    }

    /// Runs turns until `stop`.
    public func run() {
        requireOwnThread()
        while !isStopping { turn() }
    }

    /// Has `run` return after the present turn, its end included. For good: a stopped loop does not run again.
    public func stop() {
        requireOwnThread()
        isStopping = true
    }

    /// Rests if there has been something to do for too long.
    private func restIfDue() {
        guard cvip_epoll_is_ready(epoll.number) != 0 || jobs.withLock({ !$0.isEmpty }) else {
            busySince = nil
            return
        }
        let now = Self.now
        guard let since = busySince else {
            busySince = now
            return
        }
        guard now - since >= Self.longestRun else { return }
        cvip_realtime_rest(Self.restMicroseconds)
        busySince = nil
    }

    /// Ends the rests that are over; in how many milliseconds the next one is, -1 for none.
    private func endRests() -> Int32 {
        guard !rests.isEmpty else { return -1 }
        let now = Self.now
        for rest in rests where rest.until <= now {
            // It fails where the descriptor was closed too early, and then has nothing left to say.
            try? wait(for: watch(of: rest.descriptor)?.interest ?? [], of: rest.descriptor)
        }
        rests.removeAll { $0.until <= now }
        guard let next = rests.map(\.until).min() else { return -1 }
        return Int32(clamping: (next - now) / 1_000_000 + 1)
    }

    private func turn() {
        if isGenerous { restIfDue() }
        let longestWait = endRests()
        // Jobs that came up at the end of the last turn must not wait for a descriptor.
        var timeout: Int32 = jobs.withLock { $0.isEmpty } ? longestWait : 0
        for _ in 0..<Self.mostRounds {
            let events = dispatchEvents(timeout: timeout)
            let jobs = runJobs()
            if events == 0, jobs == 0, timeout == 0 { break }
            // Before its time has come there is nothing to miss: the next turn finds what is left.
            if let armedFor, jobs == 0, Self.now < armedFor { break }
            timeout = 0
        }
        turnEnd?(Self.now)
    }

    /// Waits for events and handles them; how many there were.
    private func dispatchEvents(timeout: Int32) -> Int {
        let count = unsafe cvip_epoll_wait(epoll.number, &ready, Int32(Self.mostEvents), timeout)
        precondition(count >= 0, "epoll_wait failed: \(SystemError.text(of: 0 &- count))")
        for index in 0..<Int(count) { dispatch(ready[index]) }
        return Int(count)
    }

    private func dispatch(_ event: cvip_ready) {
        switch event.token {
        case Token.wakeup:
            cvip_event_clear(wakeup.number)
        case Token.timer:
            armedFor = nil
        default:
            // A handler of this round may have unwatched the descriptor, and another file may have its number by now:
            // then the generation differs.
            let descriptor = Int32(truncatingIfNeeded: event.token)
            guard let watch = watch(of: descriptor), Self.token(descriptor, watch.generation) == event.token else {
                return
            }
            watch.handler(Readiness(rawValue: event.readiness))
        }
    }

    /// Runs the jobs that are there now; those they bring about wait for the next round. How many there were.
    private func runJobs() -> Int {
        let waiting = jobs.withLock { jobs in
            let waiting = jobs
            if !waiting.isEmpty { jobs = [] }
            return waiting
        }
        for job in waiting {
            unsafe job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        return waiting.count
    }

    private static func token(_ descriptor: Int32, _ generation: UInt32) -> UInt64 {
        UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
    }

    private var isOwnThread: Bool { pthread_equal(pthread_self(), thread) != 0 }

    private func requireOwnThread(_ caller: StaticString = #function) {
        precondition(isOwnThread, "EventLoop.\(caller) was called on another thread than the loop's own")
    }

    /// Adds a job of the runtime's, from any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = jobs.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        // On its own thread the loop looks before it waits; and who was not first finds the waking done.
        if isFirst, !isOwnThread { cvip_event_signal(wakeup.number) }
    }

    public func isIsolatingCurrentContext() -> Bool? { isOwnThread }

    public func checkIsolated() { requireOwnThread() }
}
