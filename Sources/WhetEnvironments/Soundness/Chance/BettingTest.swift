import Foundation

/// Tests whether the mean of bounded observations lies above a bound, by betting on it.
///
/// It starts with a capital of 1 and stakes a part of it on each observation lying above the bound. If the mean does
/// not lie above it, no way of staking makes the capital grow on average, so the capital ever reaches 1 ÷ α with a
/// chance of α at most (Ville's inequality). Reaching it proves the claim at that level, for any number of
/// observations, whatever their distribution, however often one has looked. Source: Waudby-Smith and Ramdas,
/// "Estimating means of bounded random variables by betting" (arXiv 2010.09686).
///
/// Keeps: a stake depends on earlier observations alone; the capital never falls to 0.
struct BettingTest: Sendable {
    /// What the mean is claimed to lie above.
    let bound: Double
    /// No observation lies as far below the bound as this, and a bit.
    private let reach: Double
    private(set) var logCapital = 0.0
    /// The greatest that it ever was: what was proved stays proved.
    private(set) var bestLogCapital = 0.0
    private var sum = 0.0
    private var sumOfSquares = 0.0
    private var count = 0

    /// - Parameter range: of the observations.
    init(meanAbove bound: Double, range: ClosedRange<Double>) {
        self.bound = bound
        reach = max(bound - range.lowerBound, 1e-12)
    }

    mutating func observe(_ value: Double) {
        let gain = value - bound
        logCapital += log1p(stake * gain)
        bestLogCapital = max(bestLogCapital, logCapital)
        sum += gain
        sumOfSquares += gain * gain
        count += 1
    }

    /// What growth is greatest for, as far as is known: mean ÷ mean square, half of what could ruin at most. One
    /// observation of a quarter of the reach, above and below, is imagined beforehand.
    private var stake: Double {
        let prior = reach * reach / 16
        let mean = sum / Double(count + 1)
        let meanSquare = (sumOfSquares + prior) / Double(count + 1)
        return min(max(mean / meanSquare, 0), 0.5 / reach)
    }

    /// Whether it is proved that the mean lies above, with an error of at most `alpha`.
    func isProved(_ alpha: Double) -> Bool { bestLogCapital >= -log(alpha) }
}

/// Whether one series earns more than another on the same problems, or is shown not to.
struct PairedComparison: Sendable {
    enum Verdict: Sendable { case open, more, notMore }

    private(set) var count = 0
    private var first = 0.0
    private var second = 0.0
    private var above: BettingTest
    private var below: BettingTest

    /// - Parameters:
    ///   - rewards: the range of both.
    ///   - margin: by how much more, on average.
    init(rewards: ClosedRange<Double>, margin: Double) {
        let width = rewards.upperBound - rewards.lowerBound
        above = BettingTest(meanAbove: margin, range: -width...width)
        below = BettingTest(meanAbove: -margin, range: -width...width)
    }

    mutating func observe(_ first: Double, _ second: Double) {
        self.first += first
        self.second += second
        count += 1
        above.observe(first - second)
        below.observe(second - first)
    }

    func verdict(_ alpha: Double) -> Verdict {
        above.isProved(alpha) ? .more : below.isProved(alpha) ? .notMore : .open
    }

    /// Means over all that was observed; 0 of nothing.
    var means: (first: Double, second: Double) {
        count == 0 ? (0, 0) : (first / Double(count), second / Double(count))
    }
}
