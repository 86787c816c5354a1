import Testing
import WhetCore

@Suite("Random streams")
struct RandomStreamTests {
    @Test("the same key draws the same")
    func repeats() {
        var one = RandomStream(seed: 7, purpose: "task", 3, 1)
        var two = RandomStream(seed: 7, purpose: "task", 3, 1)
        #expect((0..<100).allSatisfy { _ in one.next() == two.next() })
    }

    @Test("draws are these on every machine and in every version")
    func isPinned() {
        var stream = RandomStream(key: 1)
        // xoshiro256**, state from SplitMix64 of 1; computed with the reference algorithms in Python.
        #expect((0..<3).map { _ in stream.next() } == Self.reference)
    }

    private static let reference: [UInt64] = [
        12_966_619_160_104_079_557, 9_600_361_134_598_540_522, 10_590_380_919_521_690_900,
    ]

    @Test("seed, purpose and every index make a stream of its own")
    func keysDiffer() {
        var keys: Set<UInt64> = []
        for seed in UInt64(0)..<8 {
            for purpose in ["task", "rollout", "ta", "sk"] {
                for index in 0..<64 {
                    keys.insert(RandomStream.key(seed: seed, purpose: purpose, [index]))
                    keys.insert(RandomStream.key(seed: seed, purpose: purpose, [index, 0]))
                    keys.insert(RandomStream.key(seed: seed, purpose: purpose, [0, index + 1]))
                }
            }
        }
        #expect(keys.count == 8 * 4 * 64 * 3)
    }

    @Test("unit draws are uniform", arguments: 0..<4)
    func isUniform(seed: UInt64) {
        var stream = RandomStream(seed: seed, purpose: "test")
        var buckets = [Int](repeating: 0, count: 16)
        for _ in 0..<16_000 { buckets[Int(stream.unit() * 16)] += 1 }
        // 99.99 % of chi-squared with 15 degrees of freedom.
        let chiSquared = buckets.reduce(0.0) { $0 + (Double($1) - 1_000) * (Double($1) - 1_000) / 1_000 }
        #expect(chiSquared < 44.3)
    }
}
