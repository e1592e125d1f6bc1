// `vipd move`: an operator wants the addresses on another node.
// Deliberately not here: waiting for the end, which the command line tool does with the events.

import VIPConfiguration
import VIPControl
import VIPElection

extension Daemon {
    /// Begins a handover, or says in one line why not.
    func move(group name: String?, to node: String?) -> ControlResponse {
        catchUp()
        let chosen = groups.indices.filter { name == nil || groups[$0].name == name }
        let names = groups.map(\.name).joined(separator: ", ")
        guard let number = chosen.first else {
            return refuse(name.map { "there is no group \($0); this node has \(names)" } ?? "this node has no group")
        }
        guard chosen.count == 1 else { return refuse("there are several groups, \(names); name one with --group") }
        let group = groups[number]
        guard let election = group.election else {
            return refuse("group \(group.name) waits: \(group.waitingFor ?? "it has no link")")
        }
        var successor: UInt64?
        if let node {
            let known =
                [(id: election.node.id, name: election.node.name)]
                + election.peers.filter(\.isAlive).map { (id: $0.reference.id, name: $0.reference.name) }
            let named = known.filter { $0.name == node }
            guard let first = named.first else {
                let heard = known.map(\.name).joined(separator: ", ")
                return refuse("no node \(node) is heard; those that are: \(heard)")
            }
            guard named.count == 1 else {
                return refuse("\(named.count) nodes are called \(node); give each a name of its own")
            }
            successor = first.id
        }
        let since = events.lastID
        group.handoverRefusal = nil
        feed(.handoverRequested(to: successor), toGroup: number)
        if let refusal = group.handoverRefusal { return refuse(describe(refusal)) }
        guard let to = group.election?.namedSuccessor else { return refuse("the handover did not begin") }
        return .move(MoveBegun(group: group.name, from: nodeName, to: to.name, since: since))
    }

    private func refuse(_ why: String) -> ControlResponse {
        .failure(ControlError(.failed, "cannot move the addresses: \(why)"))
    }
}
