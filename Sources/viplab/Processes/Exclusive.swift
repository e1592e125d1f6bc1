// Handing a value over to the thread that will use it from then on.

/// Carries a value that is not Sendable into the one thread that will use it.
final class Exclusive<Value>: @unchecked Sendable {
    // Safe: filled from a `sending` value, so its maker has no use of it any more, and read by a single closure.
    let value: Value
    init(_ value: sending Value) { self.value = value }
}
