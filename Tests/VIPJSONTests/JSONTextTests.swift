import Testing
import VIPJSON

struct JSONTextTests {
    @Test("a text read back is the value that was written, in every layout")
    func roundTrip() throws {
        let value = JSONValue.object([
            "null": .null, "bool": .bool(true), "integer": .integer(.min), "real": .real(0.5), "": .string(""),
            "text": .string("a \"quoted\"\n\u{0}\u{1f600} text"), "array": .array([.object([:]), .array([])]),
        ])
        for layout in [JSONValue.Layout.compact, .asciiLine, .indented] {
            #expect(try JSONValue(parsing: value.text(layout).utf8) == value)
        }
        #expect(value.text(.asciiLine).utf8.allSatisfy { (0x20..<0x7f).contains($0) })
    }

    @Test("a value of the wrong kind is refused with its place in the document")
    func wrongKind() throws {
        let document = try JSONFields(JSONValue(parsing: #"{"groups":[{"holder":{"name":7}}]}"#.utf8), at: "")
        let error = #expect(throws: JSONError.self) {
            try document.array("groups") { group throws(JSONError) in try group.object("holder").string("name") }
        }
        #expect(error?.description == "groups[0].holder.name: expected a string, not an integer")
    }

    @Test("deep nesting is refused, whether it is closed or not", arguments: [33, 1000, 4000, 100_000])
    func deepNesting(depth: Int) {
        let open = String(repeating: "[", count: depth)
        for text in [open, open + String(repeating: "]", count: depth)] {
            #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
        }
        #expect(throws: Never.self) {
            try JSONValue(parsing: (String(repeating: "[", count: 32) + String(repeating: "]", count: 32)).utf8)
        }
    }
}
