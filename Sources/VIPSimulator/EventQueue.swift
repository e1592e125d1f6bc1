// What is going to happen in the world, in one total order: by time, then by the order in which it was planned.
// Deliberately not here: deadlines that move with every event (the world asks its machines for those).

import VIPElection

/// A binary heap whose order never depends on anything but what was pushed into it. What is moved about in it are
/// small keys; the elements stay where they are.
struct EventQueue<Element: Sendable>: Sendable {
    private struct Key: Sendable {
        var time: Instant
        var number: UInt64
        var place: Int

        func comes(before other: Key) -> Bool {
            time == other.time ? number < other.number : time < other.time
        }
    }

    private var keys: [Key] = []
    private var elements: [Element?] = []
    private var freePlaces: [Int] = []
    private var pushed: UInt64 = 0

    var nextTime: Instant? { keys.first?.time }

    mutating func push(_ element: Element, at time: Instant) {
        pushed += 1
        let place: Int
        if let free = freePlaces.popLast() {
            place = free
            elements[place] = element
        } else {
            place = elements.count
            elements.append(element)
        }
        keys.append(Key(time: time, number: pushed, place: place))
        var index = keys.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard keys[index].comes(before: keys[parent]) else { break }
            keys.swapAt(index, parent)
            index = parent
        }
    }

    mutating func pop() -> Element? {
        guard let first = keys.first, let last = keys.popLast() else { return nil }
        if !keys.isEmpty {
            keys[0] = last
            sink()
        }
        freePlaces.append(first.place)
        return elements[first.place].take()
    }

    /// Moves the first key down to where it belongs.
    private mutating func sink() {
        var index = 0
        while true {
            var least = index
            let left = 2 * index + 1
            if left < keys.count, keys[left].comes(before: keys[least]) { least = left }
            if left + 1 < keys.count, keys[left + 1].comes(before: keys[least]) { least = left + 1 }
            guard least != index else { return }
            keys.swapAt(index, least)
            index = least
        }
    }
}
