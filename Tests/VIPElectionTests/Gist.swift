// What an election says, in a few words.

import VIPElection
import VIPWire

extension Directive {
    /// The directive in a few words.
    var gist: String {
        switch self {
        case .send(let frame): "send \(frame.trailer.map { "\($0.kind)" } ?? "bare frame")"
        case .announce(let addresses, let forms):
            "announce \(addresses.count) \(forms == [.request, .reply] ? "both" : forms == .request ? "request" : "reply")"
        case .probe(let addresses): "probe \(addresses.count)"
        case .ask(let requests): "ask \(requests.count)"
        case .closeConnections: "close connections"
        case .relay(let predecessor): "relay to \(predecessor)"
        case .endRelay: "end relay"
        case .installAddresses(let places, let leaseSeconds):
            places.lowerBound == 0 ? "install \(leaseSeconds) s" : "install \(leaseSeconds) s from \(places.lowerBound)"
        case .removeAddresses: "remove"
        case .report(let report): report.gist
        case .finish: "finish"
        }
    }

    var isSend: Bool { if case .send = self { true } else { false } }
    /// The frame has the VIP for its sender: only a holder's may.
    var claims: Bool {
        switch self {
        case .send(let frame): frame.packet.senderProtocolAddress != .unspecified
        case .announce: true
        case .ask: true
        case .probe, .relay, .endRelay, .installAddresses, .closeConnections, .removeAddresses, .report, .finish: false
        }
    }
    var trailer: Trailer? { if case .send(let frame) = self { frame.trailer } else { nil } }
}

extension Report {
    var gist: String {
        switch self {
        case .stateChanged(_, let state, _): "> \(state)"
        case .holderChanged(let change):
            "holder \(change.from?.name ?? "-") > \(change.to?.name ?? "-"): \(change.reason)"
        case .peerAppeared(let peer): "peer \(peer.name) appeared"
        case .peerLost(let peer): "peer \(peer.name) lost"
        case .peerConfigurationDiffers(let peer): "peer \(peer.name) configured otherwise"
        case .peerGroupDiffers(let peer): "peer \(peer.name) in another group"
        case .duplicateNode(_, let name): "duplicate node \(name)"
        case .conflictBegan(let conflict): "conflict over \(conflict.address) began"
        case .conflictEnded(let conflict): "conflict over \(conflict.address) ended"
        case .addressesRestored(let addresses): "restored \(addresses.count)"
        case .confirmed(let host, _, _): "confirmed by \(host)"
        case .unconfirmed(let hosts): "unconfirmed by \(hosts.count)"
        case .handoverBegan(let successor): "hands over to \(successor.name)"
        case .handoverRefused(let refusal): "handover refused: \(refusal)"
        case .handoverFailed(let tried): "handover failed after \(tried.count)"
        case .tooManyMembers(let heard): "\(heard) members"
        case .addressRefused(let refusal): "refused \(refusal.address): errno \(refusal.errno)"
        }
    }
}

extension [Directive] {
    var gists: [String] { map(\.gist) }
}

extension [(after: Duration, directive: Directive)] {
    /// When something was said that fits, in milliseconds since the beginning.
    func times(of gist: String) -> [Int64] { filter { $0.directive.gist == gist }.map(\.after.milliseconds) }
    var directives: [Directive] { map(\.directive) }
}
