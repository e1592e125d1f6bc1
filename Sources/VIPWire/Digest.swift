// A 64-bit digest for names that must match between nodes: groups, settings, node ids.
// Deliberately not cryptographic: it tells mistakes apart, not attackers.

/// FNV-1a over 64 bits with a final mix, so that short inputs differ in all bits.
public struct Digest: Sendable {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    public init() {}

    /// Adds one octet.
    public mutating func add(_ octet: UInt8) {
        state = (state ^ UInt64(octet)) &* 0x100_0000_01B3
    }

    /// Adds a number, big-endian.
    public mutating func add(_ number: UInt64) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) { add(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Adds a text and its length, so that neighbouring texts do not run into each other.
    public mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        for octet in text.utf8 { add(octet) }
    }

    /// The digest of all that was added; never 0, which means "none" on the wire.
    public var value: UInt64 {
        // The finalizer of SplitMix64.
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return mixed == 0 ? 1 : mixed
    }

    /// The digest by which nodes of one group know each other: its name and its addresses, in any order.
    public static func group(name: String, addresses: [IPv4Address]) -> UInt64 {
        var digest = Digest()
        digest.add(name)
        for address in addresses.sorted() { digest.add(UInt64(address.bits)) }
        return digest.value
    }

    /// A node's id: cloned machines share a machine-id, hence the link's MAC beside it.
    public static func node(machineID: String, mac: MACAddress) -> UInt64 {
        var digest = Digest()
        digest.add(machineID)
        digest.add(mac.bits)
        return digest.value
    }
}
