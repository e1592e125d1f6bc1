// The addresses that float in a lab, and how they are grouped. Where they are is HolderWatch's.

/// What a daemon has to carry: `groups` elections of as many addresses each. The VIP, which the client connects to, is the
/// first address of the first group.
struct Load: Hashable, Sendable {
    var groups = 1
    /// In all groups together: a multiple of `groups`, at most 4096.
    var addresses = 1

    static let single = Load()

    /// All addresses, in the order of the groups.
    var all: [String] { [Plan.vip] + (1..<max(addresses, 1)).map(Plan.floating) }

    /// The same, group by group.
    var byGroup: [[String]] {
        let (all, size) = (all, addresses / groups)
        return (0..<groups).map { Array(all[$0 * size..<($0 + 1) * size]) }
    }
}
