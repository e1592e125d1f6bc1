// Every state and every event: where it leads, and what is said. One table, and a test that it has no gaps.
// Deliberately not here: a leftover while listening, and other nuances within a state; the rules have their own tests.

import Glibc
import Testing
import VIPElection
import VIPWire

/// What a node is told. The names are the table's.
enum Stimulus: String, CaseIterable {
    case probeOfPeer, probeOfHolder
    case announcementOfHolder, announcementOfNamed, betterAnnouncement, worseAnnouncement
    case naming, namingOfOther, question, vote
    case resignationOfHolder, resignationOfPeer
    case bareClaimOfHolder, bareClaimOfPeer, bareClaimOfStranger, bareClaimOfOurs, bareOther
    case clientAsks, clientAnswers
    case otherGroup, otherGroupClaims, ownFrame, clone, stale
    case timeReached
    case installed, installRefused, removed, removalRefused
    case addressesLost, sendFailed
    case carrierLost, carrierReturned, maintenanceOn, maintenanceOff, healthLost, healthBack
    case moveRequested, stopRequested, stopDemanded
    case settingsChanged, identityChanged, gatewaysChanged

    /// The event as it reaches a node in `dialogue`, where `a` is or was the holder and `c` another candidate.
    func event(in dialogue: inout Dialogue) -> Event {
        let term = dialogue.election.term
        switch self {
        case .probeOfPeer: return dialogue.c.probes()
        case .probeOfHolder: return dialogue.a.probes()
        case .announcementOfHolder: return dialogue.a.announces()
        // The term in which a node that is handed over to claims.
        case .announcementOfNamed: return dialogue.a.announces(term: term)
        case .betterAnnouncement: return dialogue.c.announces(term: term + 1)
        case .worseAnnouncement: return dialogue.c.announces(term: 1)
        case .naming: return dialogue.a.names(Dialogue.b.id, term: term + 1)
        case .namingOfOther: return dialogue.a.names(dialogue.c.id, term: term + 1)
        case .question: return dialogue.c.asksForVotes(term: term + 1)
        case .vote: return dialogue.c.acknowledges(1, term: term)
        case .resignationOfHolder: return dialogue.a.resigns()
        case .resignationOfPeer: return dialogue.c.resigns()
        case .bareClaimOfHolder: return .bareReply(from: dialogue.a.mac)
        case .bareClaimOfPeer: return .bareReply(from: dialogue.c.mac)
        case .bareClaimOfStranger: return .bareReply(from: Dialogue.stranger)
        case .bareClaimOfOurs: return .bareAnnouncement(from: Dialogue.b.mac)
        case .bareOther: return .bareReply(from: Dialogue.stranger, for: IPv4Address(192, 168, 1, 77))
        case .clientAsks: return .question(from: IPv4Address(192, 168, 1, 77), Dialogue.stranger)
        case .clientAnswers: return .answer(from: IPv4Address(192, 168, 1, 77), Dialogue.stranger)
        case .otherGroup, .otherGroupClaims:
            dialogue.c.settings = GroupSettings(name: "web", addresses: [Dialogue.vip])
            return self == .otherGroup ? dialogue.c.probes() : dialogue.c.announces()
        case .ownFrame, .clone:
            var voice = Voice(id: Dialogue.b.id, name: "b", mac: Dialogue.b.mac, address: Dialogue.b.address)
            voice.epoch = self == .ownFrame ? Dialogue.b.epoch : 77
            return voice.announces(term: term + 1)
        case .stale:
            dialogue.a.sequence = 0
            return dialogue.a.resigns()
        case .timeReached:
            dialogue.now = dialogue.election.nextDeadline ?? dialogue.now
            return .timeReached
        case .installed: return .addressesInstalled(refused: [])
        case .installRefused: return .addressesInstalled(refused: [AddressRefusal(address: Dialogue.vip, errno: 1)])
        case .removed: return .addressesRemoved(refused: [])
        case .removalRefused: return .addressesRemoved(refused: [AddressRefusal(address: Dialogue.vip, errno: 1)])
        case .addressesLost: return .addressesLost([Dialogue.vip])
        case .sendFailed: return .sendFailed(errno: 105)
        case .carrierLost: return .carrierLost
        case .carrierReturned: return .carrierReturned
        case .maintenanceOn: return .maintenanceSet(true)
        case .maintenanceOff: return .maintenanceSet(false)
        case .healthLost: return .healthSet(false)
        case .healthBack: return .healthSet(true)
        case .moveRequested: return .handoverRequested(to: nil)
        case .stopRequested: return .stopRequested
        case .stopDemanded: return .stopDemanded
        case .settingsChanged:
            return .settingsChanged(GroupSettings(name: "api", addresses: [Dialogue.vip], priority: 50))
        case .identityChanged:
            var identity = Dialogue.b
            identity.mac = MACAddress(bits: 0x0200_0000_00B2)
            return .identityChanged(identity)
        case .gatewaysChanged: return .gatewaysChanged([IPv4Address(192, 168, 1, 1)])
        }
    }
}

@Suite("4 The table of every state and event")
struct StateTableTests {
    /// A column a state, a row an event. A cell is the next state's column letter, `.` for the same, and what is said:
    /// p probe, a announcement, h handover, r resignation (with trailer); A announcements, P probes, Q directed requests
    /// (without); + install, X close connections, - remove, F finish, ! a report (changes of state apart). A kernel that is asked has not answered yet.
    static let table = """
        event                 listening  candidate  probing    occupied   claiming   holder     handingOver releasing  ineligible
        probeOfPeer           .!         .          .          .          .          .          .          .          .
        probeOfHolder         .!         Pp         .          .          .          .aA        .          .          .
        announcementOfHolder  C!!p       .          Cp         Cp         .!         .!aA       .!aA       .          .
        announcementOfNamed   C!!p       .          Cp         Cp         R!!-       R!!-       .!         .          .
        betterAnnouncement    C!!p       .!         C!p        C!p        R!!-       R!!-       R!!-       .!         .!
        worseAnnouncement     C!!p       .          C!p        C!p        .!         .!aA       .!aA       .          .
        naming                .!         K>+        K>+        K>+        .          .          .          .          .
        namingOfOther         .!         .          Cp         Cp         .          .          .          .          .
        question              .!         .          .          .          .          .          .          .          .
        vote                  .!         .          .          .          .          .          .          .          .
        resignationOfHolder   .!         K+         K+         K+         .          .aA        .          .          .
        resignationOfPeer     .!         .          .          .          .          .          .          .          .
        bareClaimOfHolder     .!         .          O          .          .          .!A        .          .          .
        bareClaimOfPeer       .!         .          O          .          .          .!A        .!A        .          .
        bareClaimOfStranger   .!         .!         O!         .!         .!         .!A        .!A        .!         .!
        bareClaimOfOurs       .          .          .          .          .          .          .          .          .
        bareOther             .          .          .          .          .          .          .          .          .
        clientAsks            .          .          .          .          .          .          .          .          .
        clientAnswers         .          .          .          .          .          .          .          .          .
        otherGroup            .          .          .          .          .          .          .          .          .
        otherGroupClaims      .!!        .          O          .          .          .!A!       .!A!       .          .
        ownFrame              .          .          .          .          .          .          .          .          .
        clone                 .!         .!         .!         .!         .!         .!         .!         .!         .!
        stale                 .!         .          .          .          .          .          .          .          .
        timeReached           Pp         Pp         .p         .p         .p         .Aa        .h         .!         .
        installed             .          .          .          .          HaA!       .          .          .          .
        installRefused        .!         .!         .!         .!         R!-        R!!-       R!!-       .!         .!
        removed               .          .          .          .          .          .          .          Cp         .
        removalRefused        .!         .!         .!         .!         .!         .!         .!         C!p        .!
        addressesLost         .          .          .          .          .          .+         .+         .          .
        sendFailed            .          .          .          .          .          .          .          .          .
        carrierLost           I          I          I          I          R-         R!-        R!-        .          .
        carrierReturned       .          .          .          .          .          .          .          .          .
        maintenanceOn         Ip         Ip         Ip         Ip         R-         G!h        .          .          .
        maintenanceOff        .          .          .          .          .          .          .          .          Cp
        healthLost            .          Ip         .p         .p         .          G!h        .          .          .p
        healthBack            .          .          .          .          .          .          .          .          .
        moveRequested         .!         .!         .!         .!         .!         G!h        .!         .!         .!
        stopRequested         IrrF       IrrF       IrrF       IrrF       R-         G!h        .          .          .rrF
        stopDemanded          IrrF       IrrF       IrrF       IrrF       R-         R!X-       R!X-        .          .rrF
        settingsChanged       .          .p         .p         .p         .p         .a         .a         .          .p
        identityChanged       .          .          .          .          .          .aA        .aA        .          .
        gatewaysChanged       .          .          .          .          .          .          .          .          .
        """

    static let columns: [(letter: Character, state: State)] = [
        ("L", .listening), ("C", .candidate), ("P", .probing), ("O", .occupied), ("K", .claiming), ("H", .holder),
        ("G", .handingOver), ("R", .releasing), ("I", .ineligible),
    ]

    static func word(_ directives: [Directive], from state: State, to next: State) -> String {
        let letter = columns.first { $0.state == next }?.letter ?? "?"
        var word = state == next ? "." : String(letter)
        for directive in directives {
            switch directive {
            case .send(let frame):
                switch frame.trailer?.kind {
                case .probe: word += "p"
                case .announcement: word += "a"
                case .handover: word += "h"
                case .resign: word += "r"
                case nil: word += "?"
                }
            case .announce: word += "A"
            case .probe: word += "P"
            case .ask: word += "Q"
            case .closeConnections: word += "X"
            case .relay: word += ">"
            case .endRelay: word += "<"
            case .installAddresses: word += "+"
            case .removeAddresses: word += "-"
            case .report(.stateChanged): break
            case .report: word += "!"
            case .finish: word += "F"
            }
        }
        return word
    }

    static func answer(of state: State, to stimulus: Stimulus) -> String {
        var dialogue = Dialogue.at(state)
        dialogue.kernelAnswers = false
        let event = stimulus.event(in: &dialogue)
        let directives = dialogue.tell(event)
        return word(directives, from: state, to: dialogue.election.currentState)
    }

    static let rows: [[Substring]] = table.split(separator: "\n").map { $0.split(separator: " ") }

    @Test("every state answers every event as the table says", arguments: Stimulus.allCases)
    func row(_ stimulus: Stimulus) throws {
        let cells = try #require(Self.rows.first { $0[0] == stimulus.rawValue }, "the table has no such row")
            .dropFirst()
        try #require(cells.count == Self.columns.count, "the row has a gap")
        for (cell, column) in zip(cells, Self.columns) {
            #expect(Self.answer(of: column.state, to: stimulus) == cell, "\(stimulus) in \(column.state)")
        }
    }

    @Test("the table has a column for every state, and a row for every event, no more")
    func complete() {
        #expect(Set(Self.columns.map(\.state)) == Set(State.allCases) && Self.columns.count == State.allCases.count)
        #expect(Self.rows[0].map(String.init) == ["event"] + State.allCases.map(\.rawValue))
        #expect(Self.rows.dropFirst().map { String($0[0]) } == Stimulus.allCases.map(\.rawValue))
        #expect(Self.columns.map(\.state) == State.allCases)
        for column in Self.columns { #expect(Dialogue.at(column.state).election.currentState == column.state) }
    }

    @Test("docs/DESIGN.md has this table")
    func documented() throws {
        let lines = try Self.lines(ofDocument: "DESIGN.md")
        let begin = try #require(lines.firstIndex(of: "```states"))
        let end = try #require(lines[begin...].firstIndex(of: "```"))
        #expect(lines[(begin + 1)..<end] == Self.table.split(separator: "\n").map(String.init)[...])
    }

    /// The lines of a file in docs/, found from where this file was compiled.
    private static func lines(ofDocument name: String, from path: String = #filePath) throws -> [String] {
        let root = path.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try #require(fopen("/\(root)/docs/\(name)", "r"))
        defer { fclose(file) }
        var octets: [UInt8] = []
        var octet = fgetc(file)
        while octet != EOF {
            octets.append(UInt8(truncatingIfNeeded: octet))
            octet = fgetc(file)
        }
        return String(decoding: octets, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("every case of Event has a row; `started` has its own tests")
    func everyEvent() {
        var named: Set<String> = []
        for stimulus in Stimulus.allCases {
            var dialogue = Dialogue.candidate()
            named.insert(Self.name(stimulus.event(in: &dialogue)))
        }
        #expect(named.count == Self.names)
    }

    /// Of the events but `started`, frames with and without a trailer told apart.
    private static let names = 17

    /// A new case of Event does not compile here before it has a name, nor pass before it has a row.
    private static func name(_ event: Event) -> String {
        switch event {
        case .started: "started"
        case .frameReceived(let frame): frame.trailer == nil ? "bare" : "frame"
        case .timeReached: "timeReached"
        case .addressesInstalled: "addressesInstalled"
        case .addressesRemoved: "addressesRemoved"
        case .addressesLost: "addressesLost"
        case .sendFailed: "sendFailed"
        case .carrierLost: "carrierLost"
        case .carrierReturned: "carrierReturned"
        case .maintenanceSet: "maintenanceSet"
        case .stopRequested: "stopRequested"
        case .stopDemanded: "stopDemanded"
        case .healthSet: "healthSet"
        case .handoverRequested: "handoverRequested"
        case .gatewaysChanged: "gatewaysChanged"
        case .settingsChanged: "settingsChanged"
        case .identityChanged: "identityChanged"
        }
    }
}
