/// Finds what a pair of neighboring tokens merges into, and how early.
struct MergeTable: Sendable {
    struct Merge: Sendable {
        /// Lower ranks merge first; `Int32.max` where the pair does not merge.
        var rank: Int32
        var token: Int32

        static let none = Merge(rank: .max, token: -1)
    }

    private struct Slot {
        var pair: UInt64 = .max
        var merge = Merge.none
    }

    private var slots: [Slot]

    /// - Parameter capacity: at least as many pairs as will be inserted.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = [Slot](repeating: Slot(), count: size)
    }

    /// Adds a merge; of two for one pair the last stays, as in `tokenizers`.
    mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
        slots[place(of: Self.pair(left, right))] = Slot(pair: Self.pair(left, right), merge: merge)
    }

    @inline(__always)
    subscript(left: Int32, right: Int32) -> Merge { slots[place(of: Self.pair(left, right))].merge }

    @inline(__always)
    private static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    @inline(__always)
    private func place(of pair: UInt64) -> Int {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: (pair &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
        while slots[index].pair != pair, slots[index].pair != .max { index = (index + 1) & mask }
        return index
    }
}
