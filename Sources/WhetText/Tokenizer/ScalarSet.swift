/// A set of Unicode scalars, kept as the sorted ranges it consists of.
///
/// Keeps: ranges are in ascending order, never touch and never overlap.
struct ScalarSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt32>]

    static let empty = ScalarSet([])
    static let every = ScalarSet([0...0x10FFFF])

    /// - Parameter ranges: in any order; may overlap.
    init(_ ranges: [ClosedRange<UInt32>]) {
        self.ranges = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = self.ranges.last, range.lowerBound <= last.upperBound + 1 {
                self.ranges[self.ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                self.ranges.append(range)
            }
        }
    }

    init(_ scalars: Unicode.Scalar...) { self.init(scalars.map { $0.value...$0.value }) }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    func intersection(_ other: ScalarSet) -> ScalarSet {
        inverted.union(other.inverted).inverted
    }

    var inverted: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { gaps.append(next...0x10FFFF) }
        return ScalarSet(gaps)
    }

    var isEmpty: Bool { ranges.isEmpty }

    func contains(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if scalar > ranges[middle].upperBound { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= scalar
    }

    /// With every scalar, those that differ from it in case alone.
    var ignoringCase: ScalarSet {
        // Beyond the cased scalars nothing changes, so only those need to be looked at.
        let folded = Set(
            ranges.flatMap { range in
                ScalarSet([range]).intersection(UnicodeClasses.cased).ranges.flatMap { $0.map(UnicodeClasses.folded) }
            })
        let others = UnicodeClasses.cased.ranges.flatMap { $0.filter { folded.contains(UnicodeClasses.folded($0)) } }
        return union(ScalarSet(others.map { $0...$0 }))
    }
}
