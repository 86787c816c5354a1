import Foundation
import WhetCore

/// Which prompts to practise next: those whose outcome is least certain, more often.
///
///     weight = √(v · (1 − v)) + exploration, v the prompt's solve rate; drawn without replacement
///
/// Source: Single-stream Policy Optimization, arXiv 2509.13232; keys of Efraimidis and Spirakis 2006.
extension BetaTracker {
    func samplingWeight(of prompt: String) -> Double {
        let rate = belief(of: prompt).solveRate
        return (rate * (1 - rate)).squareRoot() + parameters.exploration
    }

    /// - Parameters:
    ///   - count: how many; all of them if there are fewer.
    ///   - prompts: the pool, without repetition; its order decides which random number is whose.
    /// - Returns: the chosen, first drawn first.
    public func choose(_ count: Int, from prompts: [String], random: inout RandomStream) -> [String] {
        // The largest log(u) / weight of each are distributed as draws one after another without replacement are.
        let keyed = prompts.map { prompt in
            (prompt: prompt, key: log(1 - random.unit()) / samplingWeight(of: prompt))
        }
        return keyed.sorted { $0.key > $1.key }.prefix(max(0, count)).map(\.prompt)
    }
}
