// Histories that do not grow without end, in a lab that may stand for days.

extension Array {
    /// Appends, and now and then forgets the oldest, so that at least the latest `capacity` stay and at most twice as many.
    mutating func append(_ element: Element, keeping capacity: Int) {
        if count >= 2 * capacity { removeFirst(count - capacity) }
        append(element)
    }
}
