// Which kernels had the VIP, and when: the history, and what follows from it. No IO.

/// The history of the VIP on the controllers, in the order of time.
struct HolderTimeline: Sendable {
    enum Change: Equatable, Sendable {
        /// The kernel of the machine has the VIP now, or no longer.
        case holds(Bool)
        /// Which half of the network the machine is wired to now; nil: off the switch, or without power.
        case wired(half: Int?)
    }

    struct Event: Equatable, Sendable {
        let at: Instant
        let node: Int
        let change: Change
    }

    private(set) var events: [Event] = []
    private var current: State

    /// Nobody holds, and all `nodes` machines are wired to the same half.
    init(nodes: Int) { current = State(nodes: nodes) }

    private struct State: Sendable {
        var holds: [Bool]
        var half: [Int?]

        init(nodes: Int) {
            holds = Array(repeating: false, count: nodes)
            half = Array(repeating: 0, count: nodes)
        }

        mutating func apply(_ event: Event) {
            switch event.change {
            case .holds(let holds): self.holds[event.node] = holds
            case .wired(let half): self.half[event.node] = half
            }
        }

        /// The machines with the VIP that somebody can reach.
        var holders: [Int] { holds.indices.filter { holds[$0] && half[$0] != nil } }

        /// Whether two machines that can hear each other both have the VIP.
        var isDouble: Bool {
            let halves = holders.compactMap { half[$0] }
            return Set(halves).count < halves.count
        }
    }

    /// Notes a change; a renewal of what is already so adds nothing. Changes come in the order of time.
    mutating func note(_ change: Change, node: Int, at instant: Instant) {
        switch change {
        case .holds(let holds) where current.holds[node] == holds: return
        case .wired(let half) where current.half[node] == half: return
        default: break
        }
        let event = Event(at: instant, node: node, change: change)
        current.apply(event)
        events.append(event)
    }

    /// The machines that have the VIP and are wired, now: usually one.
    var holders: [Int] { current.holders }

    /// Whether the kernel of this machine has the VIP, wired or not.
    func holds(_ node: Int) -> Bool { current.holds[node] }

    /// How long, between two moments, two machines of one half both had the VIP; or of any half, `acrossHalves`.
    func overlap(from start: Instant, to end: Instant, acrossHalves: Bool = false) -> Duration {
        func isDouble(_ state: State) -> Bool { acrossHalves ? state.holders.count > 1 : state.isDouble }
        var state = State(nodes: current.holds.count)
        var total = Duration.zero
        var since = start
        for event in events where event.at < end {
            if event.at > start {
                if isDouble(state) { total += event.at - since }
                since = event.at
            }
            state.apply(event)
        }
        if isDouble(state) && end > since { total += end - since }
        return total
    }

    /// Whether two machines of one half both have it still.
    var isDouble: Bool { current.isDouble }

    /// The first time since `start` that a machine other than `node` came to hold the VIP.
    func firstClaim(since start: Instant, otherThan node: Int) -> Event? {
        events.first { $0.at >= start && $0.node != node && $0.change == .holds(true) }
    }

    /// The first time since `start` that this machine's kernel lost the VIP.
    func firstLoss(since start: Instant, of node: Int) -> Event? {
        firstAbsence(since: start, of: node)?.loss
    }

    /// The same, and when the kernel had it again; nil: not yet.
    func firstAbsence(since start: Instant, of node: Int) -> (loss: Event, end: Event?)? {
        let own = events.filter { $0.at >= start && $0.node == node }
        guard let loss = own.firstIndex(where: { $0.change == .holds(false) }) else { return nil }
        return (own[loss], own[loss...].first { $0.change == .holds(true) })
    }
}
