// What a conversion could not carry over: collected while it goes on, told once for all places.
// Deliberately not here: why there is no conversion at all (ConversionError).

import VIPConfiguration

/// Something that the new configuration does not have, or has in another way.
public struct ConversionNote: Equatable, Sendable, CustomStringConvertible {
    /// Where it stands, in the order of the files; at least one.
    public let places: [SourcePlace]
    /// What it is, and why, in one line.
    public let message: String

    /// `file:line, line: message`; always one line.
    public var description: String {
        var file: String?
        var words: [String] = []
        for place in places.prefix(Self.mostPlacesTold) {
            let text = place.file == file ? "\(place.line)" : "\(place.file.printable):\(place.line)"
            if words.last != text { words.append(text) }
            file = place.file
        }
        let more = places.count - Self.mostPlacesTold
        return words.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "") + ": \(message)"
    }

    /// So many places of one note are written out.
    private static let mostPlacesTold = 20
}

/// The notes so far, bounded, so that a megabyte of nonsense does not become a hundred megabytes of notes.
struct NoteList {
    private static let mostNotes = 500

    private var messages: [String] = []
    private var places: [String: [SourcePlace]] = [:]
    private(set) var omitted = 0

    /// False where a note with new words would only be counted.
    var hasRoom: Bool { messages.count < Self.mostNotes }

    /// Notes that what stands at `place` is not carried over as it was.
    mutating func add(_ message: String, at place: SourcePlace) {
        if places[message] == nil {
            guard hasRoom else {
                omitted += 1
                return
            }
            messages.append(message)
        }
        // A definition that is used more than once says the same again.
        if places[message]?.last != place { places[message, default: []].append(place) }
    }

    /// In the order of `files` and of their lines.
    func notes(of files: [String]) -> [ConversionNote] {
        let order = Dictionary(files.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: min)
        func key(_ place: SourcePlace) -> (Int, Int, Int) { (order[place.file] ?? 0, place.line, place.column) }
        let notes = messages.map { message in
            ConversionNote(places: (places[message] ?? []).sorted { key($0) < key($1) }, message: message)
        }
        return notes.enumerated().sorted { left, right in
            let (first, second) = (key(left.element.places[0]), key(right.element.places[0]))
            return first == second ? left.offset < right.offset : first < second
        }.map(\.element)
    }
}
