// What the lab prints: whole lines, at once, with colour only where a person sees it.
import Glibc

enum Console {
    enum Style: String {
        case plain = "0", bold = "1", dim = "2", good = "32", bad = "31", caution = "33"
    }

    /// Colour on a terminal, unless NO_COLOR is set (no-color.org) or the terminal has none.
    private static let isColoured: Bool = {
        guard isatty(STDOUT_FILENO) == 1, unsafe getenv("NO_COLOR") == nil else { return false }
        return unsafe getenv("TERM").map { unsafe String(cString: $0) } != "dumb"
    }()

    static func styled(_ text: String, _ style: Style) -> String {
        isColoured && style != .plain ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes a line to standard output. A reader that has gone away ends the output, not the work.
    static func line(_ text: String = "", _ style: Style = .plain) {
        write(styled(text, style) + "\n", to: STDOUT_FILENO)
    }

    /// Writes a line to standard error.
    static func complain(_ text: String) {
        write("viplab: \(text)\n", to: STDERR_FILENO)
    }

    /// Whether somebody watches standard error, and not a file.
    static let isInteractive = isatty(STDERR_FILENO) == 1

    /// Shows what goes on at the moment, over what it showed before; nothing where standard error is no terminal.
    static func progress(_ text: String) {
        guard isInteractive else { return }
        write("\r\u{1B}[K\(text)", to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno != EINTR { return }
            rest = rest.dropFirst(max(count, 0))
        }
    }
}

/// A table of words and numbers, for the terminal or for Markdown. Columns after the first are set to the right.
struct Table {
    let header: [String]
    var rows: [[String]] = []

    private var widths: [Int] {
        header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    }

    private func cells(_ row: [String]) -> [String] {
        row.indices.map { column in
            let padding = String(repeating: " ", count: widths[column] - row[column].count)
            return column == 0 ? row[column] + padding : padding + row[column]
        }
    }

    /// Lines of aligned columns.
    var text: [String] {
        ([header] + rows).map { row in
            let line = cells(row).joined(separator: "   ")
            return String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
        }
    }

    /// Lines of a Markdown table.
    var markdown: [String] {
        let rule = widths.enumerated().map { column, width in
            column == 0 ? String(repeating: "-", count: width) : String(repeating: "-", count: width - 1) + ":"
        }
        return ([header, rule] + rows).map { "| " + cells($0).joined(separator: " | ") + " |" }
    }
}
