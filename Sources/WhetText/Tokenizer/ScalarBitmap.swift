/// A set of scalars as bits: one look-up tells whether a scalar is in it. Blocks of 256 that are alike are kept once.
struct ScalarBitmap: Sendable {
    private var blockNumbers: [UInt16] = []
    private var blocks: [UInt64] = []

    init(_ set: ScalarSet) {
        var bits = [UInt64](repeating: 0, count: 0x1100 * 4)
        for range in set.ranges {
            for scalar in range { bits[Int(scalar >> 6)] |= 1 << UInt64(scalar & 63) }
        }
        var known: [[UInt64]: UInt16] = [:]
        for start in stride(from: 0, to: bits.count, by: 4) {
            let block = Array(bits[start..<start + 4])
            if known[block] == nil {
                known[block] = UInt16(blocks.count / 4)
                blocks += block
            }
            blockNumbers.append(known[block] ?? 0)
        }
    }

    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool {
        let block = Int(blockNumbers[Int(scalar >> 8)])
        return blocks[block * 4 + Int(scalar >> 6 & 3)] >> UInt64(scalar & 63) & 1 == 1
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The scalar that begins at an offset of valid UTF-8, and the offset after it.
    @inline(__always)
    func scalar(at position: Int) -> (scalar: UInt32, next: Int) {
        let first = self[position]
        if first < 0x80 { return (UInt32(first), position + 1) }
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        var scalar = UInt32(first) & (0xFF >> UInt32(length + 1))
        for offset in 1..<length { scalar = scalar << 6 | UInt32(self[position + offset] & 0x3F) }
        return (scalar, position + length)
    }
}
