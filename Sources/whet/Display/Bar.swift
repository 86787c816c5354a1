/// Bars and curves out of block characters.
enum Bar {
    /// A share of `width` cells, in eighths of a cell.
    static func filled(_ share: Double, width: Int) -> String {
        let eighths = share.isFinite ? Int((min(1, max(0, share)) * Double(width * 8)).rounded()) : 0
        let full = eighths / 8
        let rest = eighths % 8 == 0 ? "" : String(Array("▏▎▍▌▋▊▉")[eighths % 8 - 1])
        let bar = String(repeating: "█", count: full) + rest
        return bar + String(repeating: "░", count: max(0, width - bar.count))
    }

    /// The last `width` values, from the lowest to the highest of them; nothing for none.
    static func curve(_ values: [Double], width: Int) -> String {
        let shown = values.filter(\.isFinite).suffix(max(0, width))
        guard let low = shown.min(), let high = shown.max() else { return "" }
        let steps = Array("▁▂▃▄▅▆▇█")
        return String(shown.map { steps[high > low ? min(7, Int(($0 - low) / (high - low) * 8)) : 3] })
    }
}
