/// A random stream that belongs to one purpose and index of a run, so that no draw depends on the order of others.
///
/// Keeps: the same key gives the same draws on every machine and in every version of whet; streams of different keys
/// are independent. Make one where it is used; never share one.
///
/// Source: xoshiro256** (Blackman and Vigna, arXiv 1805.01407), seeded through SplitMix64.
public struct RandomStream: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// - Parameters:
    ///   - seed: the run's seed.
    ///   - purpose: what the draws are for, such as "task" or "sampling".
    ///   - indices: which one of that purpose: a group, a member, a turn.
    public init(seed: UInt64, purpose: String, _ indices: Int...) {
        self.init(key: RandomStream.key(seed: seed, purpose: purpose, indices))
    }

    /// A stream of a key that was derived elsewhere (see `key`), or of any number in tests.
    public init(key: UInt64) {
        var splitMix = key
        func draw() -> UInt64 {
            splitMix &+= 0x9E37_79B9_7F4A_7C15
            return RandomStream.mixed(splitMix)
        }
        state = (draw(), draw(), draw(), draw())
    }

    /// The 64-bit key of a purpose and its indices: what a request sends as its seed.
    public static func key(seed: UInt64, purpose: String, _ indices: [Int]) -> UInt64 {
        var key = mixed(seed ^ 0x7768_6574_7768_6574)
        for byte in purpose.utf8 { key = mixed(key &* 0x100_0000_01B3 ^ UInt64(byte)) }
        for index in indices { key = mixed(key &+ 0x9E37_79B9_7F4A_7C15 ^ UInt64(bitPattern: Int64(index))) }
        return key
    }

    public mutating func next() -> UInt64 {
        let result = rotated(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = rotated(state.3, 45)
        return result
    }

    /// A uniform number in 0..<1 with 53 random bits.
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    private func rotated(_ x: UInt64, _ count: UInt64) -> UInt64 { x << count | x >> (64 - count) }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
