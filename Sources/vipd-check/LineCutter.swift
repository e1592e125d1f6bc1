// Lines out of bytes that come in pieces, with a bound on what is kept. Deliberately not here: reading, and how many lines
// count.
import VIPHealth

/// Cuts what a program prints into lines that are fit to be shown. Blank lines are left out.
struct LineCutter {
    private let length: Int
    private var line: [UInt8] = []

    /// Lines are cut to `length` bytes.
    init(length: Int) { self.length = length }

    /// The lines that `bytes` complete.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                if let text = end() { lines.append(text) }
            } else if line.count < 2 * length {
                line.append(byte)
            }
        }
        return lines
    }

    /// The line that no line end completes, if there is one.
    mutating func end() -> String? {
        let text = ServiceText.harmless(line, length: length)
        line.removeAll(keepingCapacity: true)
        return text.isEmpty ? nil : text
    }
}

/// Keeps the end of what a program prints, however much that is, for its last line.
struct OutputTail {
    private static let length = 1024
    private var tail: [UInt8] = []

    mutating func take(_ bytes: ArraySlice<UInt8>) {
        tail = Array((tail + bytes.suffix(Self.length)).suffix(Self.length))
    }

    /// The last line that is not blank; of one that is longer than what was kept, the end.
    var lastLine: String? {
        tail.split(separator: UInt8(ascii: "\n")).lazy.map { ServiceText.harmless($0) }.last { !$0.isEmpty }
    }
}
