// The small parts: durations, suggestions, the table of keys.

import Testing
import VIPText

@testable import VIPConfiguration

@Suite struct DurationTextTests {
    @Test(
        "A number with a unit is a duration",
        arguments: [
            ("250ms", Duration.milliseconds(250)), ("1s", .seconds(1)), ("1.5s", .milliseconds(1500)),
            ("500us", .microseconds(500)), ("2m", .seconds(120)), ("0.5m", .seconds(30)), ("0s", .zero),
            ("1.000001s", .microseconds(1_000_001)), ("007ms", .milliseconds(7)),
            ("999999999m", .seconds(59_999_999_940)),
        ])
    func parses(_ text: String, _ duration: Duration) throws {
        #expect(try DurationText.parse(text) == duration)
    }

    @Test(
        "Anything else is not",
        arguments: [
            "", "ms", "1", "1.s", ".5s", "-1s", "+1s", "1 s", "1S", "1h", "1e3ms", "1s ", "0x1s", "1.5.5s", "١s",
            "1234567890s", "0.1us", "1.0000001s",
        ])
    func refuses(_ text: String) {
        #expect(throws: ValueError.self) { try DurationText.parse(text) }
    }

    @Test("A duration is written in the largest unit below minutes that fits, and reads back")
    func formats() throws {
        let written = ["2s", "120s", "1500ms", "10ms", "1500us", "1us"]
        #expect(try written.map { DurationText.format(try DurationText.parse($0)) } == written)
    }
}

@Suite struct SuggestionTests {
    static let keys = ["node", "vip", "groups", "interface", "interval", "priority", "suspectAfter", "lease"]

    @Test(
        "The nearest word is found",
        arguments: [
            ("intervall", "interval"), ("interfce", "interface"), ("ip", "vip"), ("vips", "vip"), ("Node", "node"),
            ("gruops", "groups"), ("prio", "priority"), ("suspect-after", "suspectAfter"), ("vip", "vip"),
        ])
    func nearest(_ word: String, _ expected: String) {
        #expect(Suggestion.nearest(to: word, among: Self.keys) == expected)
    }

    @Test(
        "What is far from all is not guessed at",
        arguments: ["", "x", "quorum", "keyFile", "sign", "in", String(repeating: "interval", count: 1000)])
    func far(_ word: String) {
        #expect(Suggestion.nearest(to: word, among: Self.keys) == nil)
    }
}

@Suite struct ConfigurationKeyTests {
    @Test("The table explains every key in a line, none twice")
    func table() {
        for (_, table) in ConfigurationKey.tables {
            #expect(Set(table.map(\.name)).count == table.count)
            for key in table {
                #expect(!key.summary.isEmpty && !key.summary.hasSuffix(".") && !key.summary.contains("\n"))
            }
        }
    }

    @Test("The defaults of the table are those of the values")
    func defaults() throws {
        func value(_ name: String) throws -> String {
            try #require(ConfigurationKey.ofGroup.first { $0.name == name }?.defaultValue)
        }
        let group = GroupConfiguration(addresses: [])
        #expect(try value("name") == group.name)
        #expect(try value("priority") == "\(group.priority)")
        #expect(try DurationText.parse(try value("interval")) == group.interval)
        #expect(try value("suspectAfter") == "2 intervals, with members 5")
        #expect(group.suspectAfter == group.interval * 2)
        #expect(GroupConfiguration(addresses: [], members: 3).suspectAfter == group.interval * 5)
        #expect(try DurationText.parse(try value("lease")) == .seconds(group.leaseSeconds))
        #expect(try value("broadcast") == "\(group.broadcast)")
        #expect(try value("preempt") == "\(group.preempt)")
        #expect(try DurationText.parse(try value("preemptDelay")) == group.preemptDelay)
        #expect(group.members == nil)
        #expect(try value("strict") == "\(group.strict)")
    }
}
