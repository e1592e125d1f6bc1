// The suites of the bench: which faults are measured with how many machines, groups and addresses.

/// A part of the bench that has a table of its own.
enum Suite: String, CaseIterable, Sendable {
    case outage, addresses, groups, nodes, more

    var title: String {
        switch self {
        case .outage: "Power cut, planned stop, daemon killed, daemon hung"
        case .addresses: "Many addresses in one group: power cut"
        case .groups: "Many groups of one address each: power cut"
        case .nodes: "Many nodes: power cut"
        case .more: "Other faults, other clients"
        }
    }

    /// For the help.
    var summary: String {
        switch self {
        case .outage: "power cut, stop, kill and hang, at each interval"
        case .addresses: "power cut with \(Self.list(sizes)) addresses in one group"
        case .groups: "power cut with \(Self.list(sizes)) groups of one address each"
        case .nodes: "power cut with \(Self.list(sizes)) nodes"
        case .more: "moves, resets of connections, pulled cables and the like"
        }
    }

    /// What is counted along the table of a suite that scales; empty: nothing is.
    var sizes: [Int] {
        switch self {
        case .addresses: [1, 64, 256, 1024, 4096]
        case .groups: [1, 16, 64, 256]
        case .nodes: [3, 5, 16]
        case .outage, .more: []
        }
    }

    var measures: [Measure] {
        switch self {
        case .outage: [.powerCut, .stop, .kill, .hang]
        case .addresses, .groups, .nodes: [.powerCut]
        case .more: [.deaf, .move, .stopReset, .moveReset, .unplug, .sickService, .firstNode]
        }
    }

    private static func list(_ sizes: [Int]) -> String {
        sizes.dropLast().map(String.init).joined(separator: ", ") + " and \(sizes.last ?? 0)"
    }
}

/// What is measured over and over, and compared between daemons: a fault in a lab of a certain size.
struct Cell: Hashable, Sendable {
    let suite: Suite
    let measure: Measure
    var nodes = 3
    var load = Load.single
    /// The row of a suite that scales; nil: the suite does not.
    var size: Int?

    init(_ suite: Suite, _ measure: Measure, size: Int? = nil) {
        (self.suite, self.measure, self.size) = (suite, measure, size)
        guard let size else { return }
        switch suite {
        case .addresses: load = Load(groups: 1, addresses: size)
        case .groups: load = Load(groups: size, addresses: size)
        case .nodes: nodes = size
        case .outage, .more: break
        }
    }

    /// For progress and errors: "power-cut, addresses: 64".
    var label: String { measure.rawValue + (size.map { ", \(suite.rawValue): \($0)" } ?? "") }
}
