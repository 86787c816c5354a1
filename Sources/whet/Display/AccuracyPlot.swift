/// A small plot of shares over steps, in braille dots: each character is two dots wide and four high.
enum AccuracyPlot {
    struct Point: Hashable {
        var step: Int
        /// 0…1
        var share: Double
    }

    /// The plot's lines, none wider than `width`; none for fewer than two points or where there is no room.
    ///
    /// - Parameter height: rows of dots' characters, without the line of steps below.
    static func lines(_ points: [Point], width: Int, height: Int = 8) -> [String] {
        let margin = 7
        let columns = min(60, width - margin)
        let points = points.filter(\.share.isFinite).sorted { $0.step < $1.step }
        guard points.count > 1, columns >= 10, let first = points.first, let last = points.last, last.step > first.step
        else { return [] }
        var canvas = Canvas(columns: columns, rows: height)
        let places = points.map { point in
            (
                x: Double(point.step - first.step) / Double(last.step - first.step) * Double(columns * 2 - 1),
                y: (1 - min(1, max(0, point.share))) * Double(height * 4 - 1)
            )
        }
        for (from, to) in zip(places, places.dropFirst()) {
            let count = max(1, Int(max(abs(to.x - from.x), abs(to.y - from.y)).rounded(.up)))
            for index in 0...count {
                let share = Double(index) / Double(count)
                canvas.set(
                    x: Int((from.x + (to.x - from.x) * share).rounded()),
                    y: Int((from.y + (to.y - from.y) * share).rounded()))
            }
        }
        let labels = [0: "100 %", height / 2: " 50 %", height - 1: "  0 %"]
        var lines = canvas.lines.enumerated().map { "\((labels[$0] ?? "").filledLeft(to: 5)) ┤\($1)" }
        let end = "\(last.step) steps"
        lines.append("      └" + "\(first.step)".filled(to: max(0, columns - end.count)) + end)
        return lines
    }

    private struct Canvas {
        let columns: Int
        private var cells: [[UInt8]]

        init(columns: Int, rows: Int) {
            self.columns = columns
            cells = Array(repeating: Array(repeating: 0, count: columns), count: rows)
        }

        mutating func set(x: Int, y: Int) {
            // The bit of each dot of a braille character, by column and row.
            let bits: [[UInt8]] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]]
            guard cells.indices.contains(y / 4), (0..<columns).contains(x / 2) else { return }
            cells[y / 4][x / 2] |= bits[x % 2][y % 4]
        }

        var lines: [String] {
            cells.map { row in String(String.UnicodeScalarView(row.compactMap { UnicodeScalar(0x2800 + UInt32($0)) })) }
        }
    }
}
