// The journal's message ids: one for each kind of thing that happens, and for each reason of a takeover. journalctl -x
// shows what systemd/vipd.catalog has to say of an id. Deliberately not here: the texts.

import VIPControl

/// A message id of the journal (sd_journal_print(3)): 32 hexadecimal digits that never change their meaning.
enum MessageID: String, CaseIterable, Sendable {
    case transitionStart = "ff25dd86baaa5b338cfd353108344e47"
    case transitionSilence = "5d5a26b1de4e5121b9fe32a3595d6ce2"
    case transitionLease = "7f1242e791cd5a038c7da1601aac4745"
    case transitionResign = "b2d8cf5e3250590488a8a13b39b2e9d2"
    case transitionConflict = "b3711fa928fc5050a6f2e523bdd7bb99"
    case transitionCarrierLost = "79ef4934722d56c88428999304da5819"
    case transitionLeaseLapsed = "ff6e12fb350558bf98795efdbb3fd932"
    case transitionMaintenance = "870310fbe7995c18924e99570bf68f40"
    case transitionStop = "48eccfaea6785fefbc8f75e8937af881"
    case transitionAddressRefused = "386330f7eaa95f88b4ff52317eebc1e3"
    case transitionHandover = "8a716e0fbe365ceebd7ebef95a198e3d"
    case transitionUnhealthy = "8ed106c0c5705d189bf9e849ef172aef"
    case transitionQuorumLost = "671b69dae9c3544d8c6a28bcd8116094"
    case state = "0b5412f9e42a5810b7a32f4740ee36ce"
    case peer = "387cc4a93dad5f8581abe9e57631ec93"
    case mismatch = "93c589e0e6165c958b2132a273a2b058"
    case duplicateNode = "aa061a46f9c258d5a4808912f0efec8c"
    case conflict = "0b271449717c538daf135cb87cd36503"
    case conflictEnded = "ec08349dca6f562795c49bad85f755ea"
    case restored = "73925b20ba5c5721a82617957acc8a97"
    case confirmed = "c948eb91eed35e0e8a554d39dc1eacda"
    case unconfirmed = "db4ec645aaeb579bbf3693772f975bd3"
    case handover = "4bc088d8a72953d488377b7263ad1a5d"
    case handoverFailed = "a335632bc8135eb68ed079de6ac95daf"
    case refused = "b4b1e8680a665fc6b3bb5b186007353e"
    case waiting = "a9e36e5b36385ac5bedd37219a2936e4"
    case begin = "c210ba17823e55a2905db061db852bf1"
    case check = "cb7b39f43c0a525cbb10471ebb68483d"
    case hook = "6a0284aa137c5906bda9261e15c03793"
    case daemon = "6701d9c50b345931bb0736f0816e32e1"

    /// The id of what a record tells; nil for a kind that has none.
    init?(of record: EventRecord) {
        if record.kind == EventRecord.Kind.transition {
            guard let reason = record.reason.flatMap(TransitionReason.init(rawValue:)) else { return nil }
            self.init(of: reason)
            return
        }
        guard let known = Self.ofKinds[record.kind] else { return nil }
        self = known
    }

    /// Those of kinds, by their words in ``EventRecord/kind``.
    private static let ofKinds: [String: MessageID] = [
        "state": .state,
        "peer": .peer,
        "mismatch": .mismatch,
        "duplicateNode": .duplicateNode,
        "conflict": .conflict,
        "conflictEnded": .conflictEnded,
        "restored": .restored,
        "confirmed": .confirmed,
        "unconfirmed": .unconfirmed,
        "handover": .handover,
        "handoverFailed": .handoverFailed,
        "refused": .refused,
        "waiting": .waiting,
        "begin": .begin,
        "check": .check,
        "hook": .hook,
        "daemon": .daemon,
    ]

    private init(of reason: TransitionReason) {
        switch reason {
        case .start: self = .transitionStart
        case .silence: self = .transitionSilence
        case .lease: self = .transitionLease
        case .resign: self = .transitionResign
        case .conflict: self = .transitionConflict
        case .carrierLost: self = .transitionCarrierLost
        case .leaseLapsed: self = .transitionLeaseLapsed
        case .maintenance: self = .transitionMaintenance
        case .stop: self = .transitionStop
        case .addressRefused: self = .transitionAddressRefused
        case .handover: self = .transitionHandover
        case .unhealthy: self = .transitionUnhealthy
        case .quorumLost: self = .transitionQuorumLost
        }
    }
}
