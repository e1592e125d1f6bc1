// What the lab's service understands of HTTP/1.1 (RFC 9112): a request's target, its fields, and a body of a told length.
import Foundation

/// A whole request.
struct WebRequest: Equatable {
    let target: String
    /// The field lines, in lower case.
    let fields: [String]
    let body: String

    /// Reads what has come so far; nil while there is more to come.
    init?(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        fields = lines.dropFirst().map { $0.lowercased() }
        let words = lines[0].split(separator: " ")
        target = words.count > 1 ? String(words[1]) : ""
        body = String(text[end.upperBound...])
        let length = fields.first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces)) }
        if body.utf8.count < length ?? 0 { return nil }
    }
}
