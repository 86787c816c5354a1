import Foundation
import WhetCore
import WhetEnvironments

/// How many problems an environment generates, and how many answers it scores, a second on one core.
///
/// Measured without the task round a problem, as RLVE-Gym was: `generator` and `verifier` alone, levels 0 to 4.
enum EnvironmentBenchmark {
    struct Rates: Sendable {
        let name: String
        let generated: Double
        let scored: Double
    }

    /// RLVE-Gym on this kind of machine, geometric means over the same environments.
    static let peer = Rates(name: "RLVE-Gym", generated: 1_061, scored: 133_000)

    static func means(of rates: [Rates]) -> (generated: Double, scored: Double) {
        (geometricMean(rates.map(\.generated)), geometricMean(rates.map(\.scored)))
    }

    static func geometricMean(_ values: [Double]) -> Double { exp(values.map { log($0) }.mean) }

    /// - Throws: `WhetError` where it is not procedural; what generating throws.
    static func rates(of entry: EnvironmentCatalog.Entry, for time: Duration) throws -> Rates {
        guard let type = entry.procedural else {
            throw WhetError("this environment cannot be timed", at: entry.name, expected: "a procedural environment")
        }
        return try rates(of: type, for: time)
    }

    private static func rates<Base: ProceduralEnvironment>(of type: Base.Type, for time: Duration) throws -> Rates {
        let environment = Procedural(Base())
        let levels = min(4, Base.maximumLevel) + 1
        var seed = 0
        let generated = try perSecond(for: time) {
            for _ in 0..<50 {
                _ = try environment.problem(level: seed % levels, seed: UInt64(seed))
                seed += 1
            }
            return 50
        }
        let cases = try (0..<25).map { index in
            let problem = try environment.problem(level: index % levels, seed: UInt64(index))
            return (problem: problem, outputs: outputs(for: environment.base.demonstration(for: problem) ?? "1", index))
        }
        var total = 0.0
        let scored = perSecond(for: time) {
            var count = 0
            for (problem, outputs) in cases {
                for output in outputs { total += environment.base.reward(forOutput: output, problem: problem) }
                count += outputs.count
            }
            return count
        }
        // What nobody reads, a compiler may leave out.
        guard total.isFinite else { throw WhetError("a reward is no finite number", at: Base.name) }
        return Rates(name: Base.name, generated: generated, scored: scored)
    }

    /// What a policy that learns writes: right, nearly right, and nothing of use, in the shares of RLVE-Gym's cases.
    private static func outputs(for answer: String, _ index: Int) -> [String] {
        var random = RandomStream(seed: UInt64(index), purpose: "benchmark")
        let altered = AlteredAnswer.all(of: answer, other: nil, random: &random).prefix(4)
        let right = "<answer>\(answer)</answer>"
        return ["Let me think. \(right)", "<answer>0</answer> no, wait: <answer>\n\(answer)\n</answer>"]
            + altered.map { "<answer>\($0.text)</answer>" }
            + [answer, "I do not know.", "<answer></answer>", "<answer>abc</answer>", "<answer>0 7 3 8 3 8 5</answer>"]
    }

    /// - Parameter body: returns how many it did.
    private static func perSecond(for time: Duration, _ body: () throws -> Int) rethrows -> Double {
        let clock = ContinuousClock()
        // The first round fills caches.
        _ = try body()
        let start = clock.now
        var count = 0
        while clock.now - start < time { count += try body() }
        return Double(count) / ((clock.now - start) / .seconds(1))
    }
}
