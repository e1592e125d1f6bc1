// The metrics that a status comes to. Deliberately not here: their text format (MetricsText.swift).
import VIPControl

/// The metrics of the last status, written once for all who scrape it.
final class MetricsPage {
    private var written: (number: UInt64, bytes: [UInt8])?

    /// The metrics of `report`, which has that number among those that have come; nil for none.
    func bytes(of report: StatusReport?, number: UInt64) -> [UInt8] {
        if report != nil, let written, written.number == number { return written.bytes }
        var text = MetricsText()
        Metrics.write(report, to: &text)
        written = report == nil ? nil : (number, text.bytes)
        return text.bytes
    }
}

/// What the server has done and is doing.
struct WebFigures: Equatable {
    var connections = 0
    var streams = 0
    /// Requests that were answered; of these, with a refusal.
    var requests: UInt64 = 0
    var refused: UInt64 = 0
    /// Clients that gave their place up to others or took too long, and those there was no place for.
    var evictions: UInt64 = 0
    var refusals: UInt64 = 0
    /// Streams that fell behind what is kept.
    var streamsBehind: UInt64 = 0
}

/// docs/monitoring.md tells what each is for. Names of nodes and checks come off the wire and from files: they stand in
/// labels only.
enum Metrics {
    /// Writes the families of `report`; nil where the daemon cannot be asked.
    static func write(_ report: StatusReport?, to text: inout MetricsText) {
        let up = text.family("vipd_up", .gauge, "Whether the daemon answers.")
        text.sample(up, [:], report != nil)
        guard let report else { return }
        let groups = report.groups
        write(report.node, to: &text)
        writeHolding(groups, report.node.name, to: &text)
        writePeers(groups, to: &text)
        writeTransitions(groups, to: &text)
        writeFrames(groups, to: &text)
        writeTroubles(groups, to: &text)
        let daemon = text.family(
            "vipd_daemon_events_total", .counter,
            "What the daemon as a whole had to turn away or drop, and what it served.")
        for count in report.counters { text.sample(daemon, ["event": count.name], count.value) }
    }

    /// Writes the families of vipd-web itself.
    static func write(_ figures: WebFigures, to text: inout MetricsText) {
        let connections = text.family("vipd_web_connections", .gauge, "Clients that are connected to vipd-web.")
        text.sample(connections, [:], UInt64(figures.connections))
        let streams = text.family("vipd_web_streams", .gauge, "Of these, those that follow events.")
        text.sample(streams, [:], UInt64(figures.streams))
        let requests = text.family(
            "vipd_web_requests_total", .counter, "Requests, and of these the ones that were refused.")
        text.sample(requests, ["outcome": "answered"], figures.requests - figures.refused)
        text.sample(requests, ["outcome": "refused"], figures.refused)
        let dropped = text.family(
            "vipd_web_clients_dropped_total", .counter, "Clients that were dropped, by the reason.")
        text.sample(dropped, ["reason": "slow"], figures.evictions + figures.streamsBehind)
        text.sample(dropped, ["reason": "tooMany"], figures.refusals)
    }

    private static func write(_ node: NodeIdentity, to text: inout MetricsText) {
        let build = text.family("vipd_build_info", .gauge, "The versions that run; always 1.")
        text.sample(build, ["version": node.version, "web_version": vipdVersion], true)
        let info = text.family("vipd_node_info", .gauge, "The node that answers; always 1.")
        text.sample(
            info, ["node": node.name, "id": node.id, "authentication": node.authentication.rawValue], true)
        if let startedAt = node.startedAt {
            let start = text.family("vipd_start_time_seconds", .gauge, "When the daemon began, since 1970.")
            text.sample(start, [:], milliseconds: startedAt.milliseconds)
        }
    }

    private static func writeHolding(_ groups: [GroupStatus], _ node: String, to text: inout MetricsText) {
        let holder = text.family("vipd_holder", .gauge, "Whether this node holds the group's addresses.")
        for group in groups { text.sample(holder, ["group": group.name], group.state.isHolding) }
        let held = text.family("vipd_held", .gauge, "Whether this node knows of a holder.")
        for group in groups { text.sample(held, ["group": group.name], group.holder != nil) }
        let who = text.family("vipd_holder_info", .gauge, "Who holds, as this node sees it; always 1.")
        for group in groups {
            if let holder = group.holder { text.sample(who, ["group": group.name, "holder": holder.name], true) }
        }
        let state = text.family("vipd_state", .gauge, "The node's state in the group: 1 for the one that it is in.")
        for group in groups {
            for known in NodeState.allCases {
                text.sample(state, ["group": group.name, "state": known.rawValue], group.state == known)
            }
        }
        let eligible = text.family("vipd_eligible", .gauge, "Whether this node may hold.")
        for group in groups { text.sample(eligible, ["group": group.name], group.own.eligible) }
        let term = text.family("vipd_term", .gauge, "The highest term seen: it grows by one with each claim.")
        for group in groups { text.sample(term, ["group": group.name], group.term) }
        let lease = text.family(
            "vipd_lease_left_seconds", .gauge, "When the kernel takes the addresses away unless the holder renews them."
        )
        for group in groups {
            if let left = group.leaseLeftMs { text.sample(lease, ["group": group.name], milliseconds: Int64(left)) }
        }
    }

    private static func writePeers(_ groups: [GroupStatus], to text: inout MetricsText) {
        let heard = text.family("vipd_peer_heard_seconds", .gauge, "Since the last frame of another node.")
        // Of two that go by one name the one that was heard last stands first, and is the one that is kept.
        func peers(_ group: GroupStatus) -> [PeerStatus] {
            group.peers.sorted { ($0.heardMs ?? .max) < ($1.heardMs ?? .max) }
        }
        for group in groups {
            for peer in peers(group) {
                guard let heardMs = peer.heardMs else { continue }
                text.sample(heard, ["group": group.name, "peer": peer.name], milliseconds: Int64(heardMs))
            }
        }
        let eligible = text.family("vipd_peer_eligible", .gauge, "Whether another node is heard and may hold.")
        for group in groups {
            for peer in peers(group) {
                text.sample(eligible, ["group": group.name, "peer": peer.name], peer.eligible)
            }
        }
    }

    private static func writeTransitions(_ groups: [GroupStatus], to text: inout MetricsText) {
        let counted = groups.compactMap { group in group.tallies.map { (name: group.name, tallies: $0) } }
        guard !counted.isEmpty else { return }
        let transitions = text.family(
            "vipd_transitions_total", .counter, "Changes of the holder that this node saw, by their reason.")
        for (name, tallies) in counted {
            for count in tallies.transitions {
                text.sample(transitions, ["group": name, "reason": count.name], count.value)
            }
        }
        let takeover = text.family(
            "vipd_takeover_phase_seconds", .histogram, "How long the phases of takeovers took, as this node saw them.")
        for (name, tallies) in counted { write(tallies.takeover, of: name, takeover, to: &text) }
        let handover = text.family(
            "vipd_handover_phase_seconds", .histogram, "How long the phases of handovers took, as this node saw them.")
        for (name, tallies) in counted { write(tallies.handover, of: name, handover, to: &text) }
    }

    private static func write(
        _ phases: PhaseTallies, of group: String, _ family: MetricsText.Family, to text: inout MetricsText
    ) {
        for (phase, tally) in [("silence", phases.silence), ("claim", phases.claim), ("confirm", phases.confirm)] {
            text.histogram(
                family, ["group": group, "phase": phase], counts: tally.counts, boundsMs: DurationTally.boundsMs,
                sumUs: tally.sumUs)
        }
    }

    private static func writeFrames(_ groups: [GroupStatus], to text: inout MetricsText) {
        let sent = text.family("vipd_frames_sent_total", .counter, "Frames that this node sent, by their kind.")
        let kinds = ["probesSent": "probe"]
        for group in groups {
            text.sample(sent, ["group": group.name, "kind": "announcement"], group.counters.announcementsSent)
            for count in group.counters.others {
                if let kind = kinds[count.name] { text.sample(sent, ["group": group.name, "kind": kind], count.value) }
            }
        }
        func family(_ name: String, _ counter: String, _ help: String) {
            let family = text.family(name, .counter, help)
            for group in groups {
                for count in group.counters.others where count.name == counter {
                    text.sample(family, ["group": group.name], count.value)
                }
            }
        }
        family("vipd_frames_received_total", "framesReceived", "Frames of other nodes that were taken in.")
        family("vipd_frames_unproven_total", "unproven", "Frames that may have been recordings, and moved nothing.")
        family("vipd_sends_failed_total", "sendsFailed", "Frames that the kernel would not send.")
        family("vipd_addresses_lost_total", "addressesLost", "Addresses that somebody else removed from the link.")
        let dropped = text.family("vipd_frames_dropped_total", .counter, "Frames that were dropped, by the reason.")
        for group in groups {
            for count in group.counters.framesDropped {
                text.sample(dropped, ["group": group.name, "reason": count.name], count.value)
            }
        }
    }

    private static func writeTroubles(_ groups: [GroupStatus], to text: inout MetricsText) {
        let conflicts = text.family(
            "vipd_conflicts", .gauge, "Machines that claim an address of the group beside its holder, now.")
        for group in groups { text.sample(conflicts, ["group": group.name], UInt64(group.conflicts.count)) }
        let total = text.family("vipd_conflicts_total", .counter, "Conflicts that began.")
        for group in groups {
            if let tallies = group.tallies { text.sample(total, ["group": group.name], tallies.conflicts) }
        }
        let check = text.family("vipd_check_state", .gauge, "The state of a check: 1 for the one that it is in.")
        for group in groups {
            for status in group.checks {
                for state in ["passing", "failing", "unknown"] {
                    text.sample(
                        check, ["group": group.name, "check": status.name, "state": state], status.state == state)
                }
            }
        }
        let since = text.family("vipd_check_since_seconds", .gauge, "When a check came into its state, since 1970.")
        for group in groups {
            for status in group.checks {
                text.sample(
                    since, ["group": group.name, "check": status.name], milliseconds: status.since.milliseconds)
            }
        }
    }
}
