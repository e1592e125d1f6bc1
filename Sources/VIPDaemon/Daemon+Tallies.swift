// What is counted of a group's transitions, for those who look only now and then. Deliberately not here: how the counts
// are kept and told (VIPControl), and the frames, which the election and the links count.

import VIPControl
import VIPElection

extension Daemon {
    /// Counts a report, if it is one that is counted. To be called before the group takes notice of it.
    func count(_ report: Report, of group: Group) {
        switch report {
        case .holderChanged(let change):
            let reason = TransitionReason(change.reason)
            let isWhole = change.to != nil
            group.tallies.countTransition(
                reason, silence: isWhole ? change.silence : nil, claim: isWhole ? change.claim : nil)
        case .confirmed(_, _, let after):
            guard group.lastConfirmation == nil, let change = group.lastChange?.change else { return }
            group.tallies.countConfirmation(of: TransitionReason(change.reason), after: after)
        case .conflictBegan:
            group.tallies.countConflict()
        default: break
        }
    }
}
