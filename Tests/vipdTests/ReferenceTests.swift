// docs/reference.md, held against the tables of commands and keys, and against the JSON that is written. After a change of a
// table:
//
//     VIPD_REWRITE_REFERENCE=1 swift test --filter ReferenceTests

import Glibc
import Testing
import VIPControl
import VIPDoctor
import VIPJSON

@testable import vipd

private let path = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/docs/reference.md"

private func reference() throws -> String {
    let stream = try #require(fopen(path, "r"))
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(stream), byte != EOF { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
}

@Suite struct ReferenceTests {
    private static let begin = "<!-- from the tables -->\n"
    private static let end = "<!-- end of the tables -->"

    /// The part of the page that the tables make.
    private static var tables: String {
        var text = "\n## Commands\n\n"
        for command in Command.all {
            text += "### vipd \(command.name)\n\n```text\n\(HelpText.text(of: command))```\n\n"
        }
        text += "## Configuration\n\n"
        // The manual's words, so that there are no others.
        for section in Manual.page("vipd.yaml").replacing("\\-", with: "-").replacing("\\e", with: "\\")
            .split(separator: ".SH ")
        {
            let items = section.split(separator: "\n.TP\n.B ").dropFirst()
            guard !items.isEmpty else { continue }
            let title = section.prefix { $0 != "\n" }
            text += "### \(title.prefix(1))\(title.dropFirst().lowercased())\n\n"
            for item in items {
                let lines = item.split(separator: "\n")
                text += "- `\(lines[0])`: \(lines[1])\n"
            }
            text += "\n"
        }
        return text
    }

    @Test("The commands and keys of the page are those of the program")
    func commandsAndKeys() throws {
        var page = try reference()
        let start = try #require(page.firstRange(of: Self.begin)).upperBound
        let stop = try #require(page.firstRange(of: Self.end)).lowerBound
        if getenv("VIPD_REWRITE_REFERENCE") != nil {
            page.replaceSubrange(start..<stop, with: Self.tables)
            let stream = try #require(fopen(path, "w"))
            fputs(page, stream)
            fclose(stream)
        } else {
            let (now, then) = (Self.tables.split(separator: "\n"), page[start..<stop].split(separator: "\n"))
            let difference = zip(now, then).first { $0 != $1 }
            #expect(
                Self.tables == page[start..<stop],
                "now: \(difference?.0 ?? "as long as")\nthe page: \(difference?.1 ?? "no longer")")
        }
    }

    @Test("The page has every key of the JSON, every state and every code of a finding")
    func jsonKeys() throws {
        let page = try reference()
        var names = keys(of: Self.report.json).union(keys(of: Self.event.json)).union(keys(of: Self.diagnosis.json))
        names.formUnion(NodeState.allCases.map(\.rawValue))
        names.formUnion(FindingCode.allCases.map(\.rawValue))
        names.formUnion(Severity.allCases.map(\.rawValue))
        for name in names.sorted() { #expect(page.contains("`\(name)`"), "the page says nothing of \(name)") }
    }

    private func keys(of value: JSONValue) -> Set<String> {
        switch value {
        case .object(let members): Set(members.map(\.key)).union(members.flatMap { keys(of: $0.value) })
        case .array(let values): Set(values.flatMap(keys))
        default: []
        }
    }

    private static let time = Timestamp(milliseconds: 1_795_057_864_123)

    /// Something in every place of a status.
    private static let report = StatusReport(
        node: NodeIdentity(name: "a", id: "9f00000000000001", startedAt: time, realtime: RealtimeStatus()),
        groups: [
            GroupStatus(
                name: "default", addresses: ["192.168.1.210"], interface: "eth0", state: .candidate, reason: "",
                term: 17,
                holder: HolderStatus(name: "b", address: nil, mac: nil, since: time),
                peers: [
                    PeerStatus(
                        name: "b", address: nil, mac: nil, state: .holder, priority: 100, eligible: true, health: "ok",
                        heardMs: 34)
                ],
                lastTransition: TransitionStatus(
                    at: time, from: "a", to: "b", reason: "silence", silenceMs: 251, claimMs: 33, confirmedMs: 1,
                    confirmedBy: nil),
                conflicts: [
                    ConflictStatus(
                        address: "192.168.1.210", mac: "02:00:00:00:00:99", since: time, lastSeen: time, count: 3,
                        description: "")
                ],
                counters: GroupCounters(announcementsSent: 12, others: [], framesDropped: []),
                own: OwnStatus(address: nil, mac: nil, priority: 100, eligible: true, health: "ok"),
                checks: [CheckStatus(name: "c", state: "passing", message: "", since: time)], next: "a", leaseLeftMs: 1,
                tallies: TransitionTallies())
        ])

    private static let event = EventRecord(
        id: 1, at: time, kind: EventRecord.Kind.transition, phases: [EventPhase("silence", microseconds: 1)],
        message: "")

    private static let diagnosis = DoctorReport(
        node: "a", version: "0", groups: [GroupFacts(name: "default", addresses: [])],
        findings: [Finding(.ok, .link, "")])
}
