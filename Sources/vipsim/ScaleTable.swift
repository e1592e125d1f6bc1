// Columns of text, the numbers to the right. Deliberately not here: what is in them.

/// A table with a title over it.
struct ScaleTable {
    private let title: String
    private var rows: [[String]]

    init(title: String, heads: [String]) {
        self.title = title
        rows = [heads]
    }

    /// Adds a row of as many cells as there are heads.
    mutating func add(_ cells: [String]) {
        precondition(cells.count == rows[0].count, "a row has a cell under each head")
        rows.append(cells)
    }

    var lines: [String] {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let body = rows.map { row in
            zip(row, widths).map { cell, width in String(repeating: " ", count: width - cell.count) + cell }
                .joined(separator: "  ")
        }
        return ["", title, ""] + body.map { "  " + $0 }
    }
}
