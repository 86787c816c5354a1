/// Text in columns.
struct Table {
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: (String, Alignment)...) { self.columns = columns.map { (title: $0.0, alignment: $0.1) } }

    mutating func add(_ cells: String...) {
        precondition(cells.count == columns.count, "a row has a cell a column")
        rows.append(cells)
    }

    /// The table with its head, a line a row, none ending in spaces.
    var text: String {
        let widths = columns.indices.map { column in
            ([columns[column].title] + rows.map { $0[column] }).map(\.count).max() ?? 0
        }
        return ([columns.map(\.title)] + rows).map { row in
            var line = row.indices.map { column in
                columns[column].alignment == .left
                    ? row[column].filled(to: widths[column]) : row[column].filledLeft(to: widths[column])
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

extension String {
    /// Spaces behind, up to `width` characters.
    func filled(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// Spaces before, up to `width` characters.
    func filledLeft(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }

    /// At most `width` characters, the last an ellipsis if some are missing; line breaks become spaces.
    func shortened(to width: Int) -> String {
        let line = String(map { $0.isNewline ? " " : $0 })
        if line.count <= width { return line }
        return width > 0 ? line.prefix(width - 1) + "…" : ""
    }
}
