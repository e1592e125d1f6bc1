import Foundation
import Testing
import VIPControl

@testable import VIPDaemon

@Suite("The journal's catalogue")
struct MessageIDTests {
    /// The entries of systemd/vipd.catalog: id, and what stands between it and the next.
    private func catalogue() throws -> [(id: String, text: String)] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "systemd/vipd.catalog")
        let text = try String(contentsOf: file, encoding: .utf8)
        return text.components(separatedBy: "\n-- ").dropFirst().map { entry in
            let lines = entry.split(separator: "\n", maxSplits: 1)
            return (String(lines[0]), String(lines[1]))
        }
    }

    @Test("explains each message id once, with a subject and where to read on")
    func explains() throws {
        let entries = try catalogue()
        #expect(Set(entries.map(\.id)) == Set(MessageID.allCases.map(\.rawValue)))
        #expect(entries.count == MessageID.allCases.count)
        for entry in entries {
            #expect(entry.id.count == 32 && entry.id.allSatisfy { $0.isHexDigit && !$0.isUppercase })
            #expect(entry.text.hasPrefix("Subject: "))
            #expect(entry.text.contains("\nDefined-By: vipd\n"))
            #expect(entry.text.contains("\nDocumentation: man:vipd(8)\n"))
        }
    }

    @Test("names only fields that entries have")
    func fields() throws {
        let known = Set(
            [
                "GROUP", "NODE", "FROM", "TO", "STATE", "REASON", "TERM", "HOLDER", "CHECK",
            ].map { "@VIPD_\($0)@" })
        for entry in try catalogue() {
            let named = entry.text.matches(of: /@[A-Z_]+@/).map { String($0.output) }
            #expect(Set(named).isSubset(of: known), "\(entry.id)")
        }
    }

    @Test("knows every reason for a change of holder", arguments: TransitionReason.allCases)
    func reasons(_ reason: TransitionReason) throws {
        let record = EventRecord(
            id: 1, at: Timestamp(milliseconds: 0), kind: EventRecord.Kind.transition, reason: reason.rawValue,
            message: "")
        let id = try #require(MessageID(of: record))
        #expect("\(id)".lowercased() == "transition\(reason.rawValue)".lowercased())
    }

    @Test("an entry of the journal and a record of the timeline are of the same number and time")
    func agree() throws {
        let node = try Node(serving: .one)
        try node.becomeHolder()
        let records = node.events()
        #expect(!records.isEmpty)
        for record in records {
            let entry = try #require(node.machine.log.first { $0.fields.contains(.init("EVENT_ID", "\(record.id)")) })
            #expect(entry.fields.contains(.init("AT", record.at.rfc3339)))
            #expect(entry.fields.contains(.init("EVENT", record.kind)))
            #expect(entry.messageID != nil, "\(record.kind)")
            #expect(entry.message.contains(record.message))
        }
    }
}
