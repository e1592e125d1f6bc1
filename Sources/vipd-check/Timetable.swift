// When a check runs. Pure: times go in and come out. Deliberately not here: running it.

/// Ticks at a fixed rate, in milliseconds of one clock.
struct Timetable {
    let first: Int64
    let interval: Int64

    /// The first ticks of checks are spread over a second, or over their interval where that is shorter, so that they do
    /// not all run at once; `id` says which place it gets.
    init(id: Int, interval: Int64, now: Int64) {
        self.interval = max(1, interval)
        // Multiples of the golden ratio, modulo 1, lie evenly however many there are.
        let place = UInt32(truncatingIfNeeded: id) &* 2_654_435_769
        first = now + Int64((UInt64(place) * UInt64(min(self.interval, 1000))) >> 32)
    }

    /// The first tick after `time`; ticks that were missed are not made up for.
    func next(after time: Int64) -> Int64 {
        guard time >= first else { return first }
        return first + ((time - first) / interval + 1) * interval
    }
}
