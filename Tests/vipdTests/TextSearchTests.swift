// Finding, replacing and splitting texts without the engine of regular expressions.

import Testing
import VIPText

@Suite struct TextSearchTests {
    @Test(
        "a text is found where it first stands whole",
        arguments: [
            ("https://host", "://", 5), ("aab", "ab", 1), ("a:/b://c", "://", 4), ("é://", "://", 1),
        ])
    func found(text: String, wanted: String, characters: Int) throws {
        let range = try #require(text.range(ofText: wanted))
        #expect(text.distance(from: text.startIndex, to: range.lowerBound) == characters)
        #expect(text[range] == wanted)
        #expect(text.contains(text: wanted))
    }

    @Test("what stands there in part, or not at all, is not found", arguments: ["", "http:/", ":/", "/://"])
    func notFound(text: String) {
        #expect(text.range(ofText: ":///") == nil)
        #expect(!text.contains(text: ":///"))
    }

    @Test("parts are what stands between, empty ones included, and one where there is no separator")
    func parts() {
        #expect("a; b; c".parts(separatedBy: "; ") == ["a", "b", "c"])
        #expect("; a; ".parts(separatedBy: "; ") == ["", "a", ""])
        #expect("".parts(separatedBy: "; ") == [""])
    }

    @Test("every place is replaced, and what was put there is not looked at again")
    func replacing() {
        #expect("it's 'it'".replacing(text: "'", with: "'\\''") == "it'\\''s '\\''it'\\''")
        #expect("a-b".replacing(text: "x", with: "y") == "a-b")
    }
}
