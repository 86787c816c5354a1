import ArgumentParser

/// A number from 0 on, or the range between two: "3", "0-4" or "0..4".
struct RangeArgument: ExpressibleByArgument {
    let range: ClosedRange<Int>

    init?(argument: String) {
        let parts = argument.replacing("...", with: "-").replacing("..", with: "-")
            .split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1], 0 <= first,
            first <= last
        else { return nil }
        range = first...last
    }
}

extension ClosedRange<Int> {
    /// "3", or "0–4".
    var dashed: String { joined(by: "–") }
}
