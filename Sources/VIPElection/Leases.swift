// The leases of a group's addresses, slice by slice: what was asked of the kernel, what it has granted, what is due.
// Deliberately not here: asking (Holding), and what becomes of a node whose lease has ended (Holding, Election).

import VIPWire

/// A group's addresses are asked for in slices: between two of them a node reads and speaks, however many there are, and
/// the lease of each counts from the moment at which it was asked for itself.
struct Leases: Hashable, Sendable {
    private struct Slice: Hashable {
        /// When the kernel ends its lease at the earliest; nil: it has not granted one.
        var until: Instant?
        /// When it is to be renewed.
        var renewAt: Instant?
        /// When it is to be asked for beside the rhythm of its renewals.
        var wantedAt: Instant?

        var due: Instant? { earlier(renewAt, wantedAt) }
    }

    private struct Request: Hashable {
        var slice: Int
        var askedAt: Instant
        var until: Instant
    }

    private var slices: [Slice] = []
    /// When the claim began.
    private var beganAt = Instant(nanoseconds: 0)
    /// Those of the slices that were asked for since the claim: so many, from the first on.
    private var begun = 0
    /// What the kernel has not answered yet. It does things in the order in which they were asked for.
    private var requests: [Request] = []

    /// Forgets everything: a claim begins, of so many slices. Its first is due at once.
    mutating func begin(slices count: Int, at now: Instant) {
        slices.removeAll(keepingCapacity: true)
        slices.append(contentsOf: repeatElement(Slice(), count: count))
        begun = 0
        beganAt = now
        // What was asked for before was answered before: the removal came after it.
        requests.removeAll(keepingCapacity: true)
        slices[0].wantedAt = now
    }

    /// The kernel has granted every slice.
    var isWhole: Bool { slices.allSatisfy { $0.until != nil } }

    func isGranted(_ slice: Int) -> Bool { slices[slice].until != nil }

    /// When the first lease that stands ends at the earliest; nil where none stands.
    var until: Instant? {
        var first: Instant?
        for slice in slices { first = earlier(first, slice.until) }
        return first
    }

    /// When the next slice is to be asked for.
    var nextDue: Instant? {
        var next: Instant?
        for slice in slices { next = earlier(next, slice.due) }
        return next
    }

    /// The slice that is to be asked for now, if any: of several that which has waited for longest.
    func due(at now: Instant) -> Int? {
        var found: (slice: Int, due: Instant)?
        for (index, slice) in slices.enumerated() {
            guard let due = slice.due, due <= now else { continue }
            if let found, found.due <= due { continue }
            found = (index, due)
        }
        return found?.slice
    }

    /// Notes that the kernel is asked for a slice.
    mutating func noteAsked(_ slice: Int, lease: Duration, spacing: Duration, at now: Instant) {
        requests.append(Request(slice: slice, askedAt: now, until: now + lease))
        slices[slice].wantedAt = nil
        begun = max(begun, slice + 1)
        guard let renewAt = slices[slice].renewAt, renewAt <= now else { return }
        // Without drift; a renewal that was missed is not made up for.
        slices[slice].renewAt = now - renewAt < spacing ? renewAt + spacing : now + spacing
    }

    /// Notes the kernel's grant of what it has been asked for longest; returns the slice, and whether it had not been granted
    /// before, or nil if nothing was asked. The next slice of a claim is due then.
    mutating func noteGranted(spacing: Duration, at now: Instant) -> (slice: Int, isNew: Bool)? {
        guard let request = takeRequest() else { return nil }
        let index = request.slice
        let isNew = slices[index].until == nil
        slices[index].until = request.until
        slices[index].renewAt = slices[index].renewAt ?? request.askedAt + spacing
        if begun < slices.count && requests.isEmpty { slices[begun].wantedAt = now }
        if isNew && isWhole { spread(over: spacing, at: now) }
        return (index, isNew)
    }

    /// Notes that the kernel has refused what it has been asked for longest.
    mutating func noteRefused() { _ = takeRequest() }

    private mutating func takeRequest() -> Request? { requests.isEmpty ? nil : requests.removeFirst() }

    /// The kernel has a slice no more, or not all of it: it is asked for again.
    mutating func noteLost(_ slice: Int, at now: Instant) {
        guard slices[slice].until != nil else { return }
        slices[slice].until = nil
        slices[slice].wantedAt = now
    }

    /// Has a slice asked for, beside the rhythm of its renewals.
    mutating func want(_ slice: Int, at now: Instant) { slices[slice].wantedAt = now }

    /// Lays the renewals of a claim apart, none later than `spacing` after it was asked for: each costs a moment, and they
    /// need not all come in the same.
    private mutating func spread(over spacing: Duration, at now: Instant) {
        for index in slices.indices {
            let share = beganAt + spacing * (index + 1) / slices.count
            guard share > now else { continue }
            slices[index].renewAt = slices[index].renewAt.map { min($0, share) }
        }
    }

    /// Has the renewal that is due next made now, if it is due before `latest` and the kernel owes no answer; returns whether
    /// there is one.
    mutating func bringForwardRenewal(before latest: Instant, to now: Instant) -> Bool {
        guard requests.isEmpty else { return false }
        var found: (slice: Int, due: Instant)?
        for (index, slice) in slices.enumerated() {
            guard let renewAt = slice.renewAt, renewAt < found?.due ?? latest else { continue }
            found = (index, renewAt)
        }
        guard let found else { return false }
        slices[found.slice].renewAt = min(found.due, now)
        return true
    }

    /// What is due now is due again at `later`.
    mutating func putOff(until later: Instant, at now: Instant) {
        for index in slices.indices {
            if let renewAt = slices[index].renewAt, renewAt <= now { slices[index].renewAt = later }
            if let wantedAt = slices[index].wantedAt, wantedAt <= now { slices[index].wantedAt = later }
        }
    }

    /// No renewal is due later than `latest`.
    mutating func hasten(to latest: Instant) {
        for index in slices.indices { slices[index].renewAt = slices[index].renewAt.map { min($0, latest) } }
    }
}

extension Election {
    /// How many slices the group's addresses make.
    private var sliceCount: Int { (settings.addresses.count + settings.slice - 1) / settings.slice }

    /// The places of a slice's addresses among the group's.
    private func places(ofSlice slice: Int) -> Range<Int> {
        slice * settings.slice..<min((slice + 1) * settings.slice, settings.addresses.count)
    }

    func addresses(ofSlice slice: Int) -> ArraySlice<IPv4Address> { settings.addresses[places(ofSlice: slice)] }

    /// The slices that have one of `addresses`.
    func slices(with addresses: some Sequence<IPv4Address>) -> [Int] {
        let wanted = Set(addresses)
        return (0..<sliceCount).filter { self.addresses(ofSlice: $0).contains(where: wanted.contains) }
    }

    /// Begins to ask the kernel for all addresses.
    mutating func beginLeases(at now: Instant) {
        leases.begin(slices: sliceCount, at: now)
        askForSlice(at: now)
    }

    /// Those of the addresses that the kernel has not granted yet.
    var awaited: Set<IPv4Address> {
        guard !leases.isWhole else { return [] }
        return Set((0..<sliceCount).lazy.filter { !self.leases.isGranted($0) }.flatMap { self.addresses(ofSlice: $0) })
    }

    /// Asks the kernel for the slice that is due now, if one is; returns whether one was.
    @discardableResult
    mutating func askForSlice(at now: Instant) -> Bool {
        guard let slice = leases.due(at: now) else { return false }
        leases.noteAsked(slice, lease: settings.lease, spacing: settings.renewalSpacing, at: now)
        emit(.installAddresses(places(ofSlice: slice), leaseSeconds: settings.leaseSeconds))
        return true
    }

    /// A holder that has given its sign of life, and could give the last, renews what would be due before the next: one wake
    /// then does for both. One slice a beat, and none beside announcements that wait, as ever.
    mutating func renewOnBeat(at now: Instant) {
        guard case .holder(let holding) = phase, holding.restoring.isEmpty, pacer.isEmpty, let nextSignAt else {
            return
        }
        if leases.bringForwardRenewal(before: nextSignAt, to: now) { askForSlice(at: now) }
    }

    /// While the kernel is being asked for addresses: the next of them, unless it has taken as long as a lease lasts.
    mutating func continueClaiming(_ claiming: Phase.Claiming, at now: Instant) {
        // A kernel that has not answered at all is waited for.
        guard leases.nextDue != nil || leases.until != nil else { return }
        if isLate(claiming, at: now) { return release(then: .listening, because: .ownLeaseLapsed) }
        askForSlice(at: now)
    }

    /// A claim that takes so long confirms nothing: what was granted first may be gone, and others may have waited for it to
    /// go (5.2).
    func isLate(_ claiming: Phase.Claiming, at now: Instant) -> Bool {
        claiming.requestedAt + settings.lease <= now || isLeaseOver(at: now)
    }

    /// Whether the kernel may have ended the lease of an address that it had granted.
    func isLeaseOver(at now: Instant) -> Bool { leases.until.map { $0 <= now } ?? false }
}
