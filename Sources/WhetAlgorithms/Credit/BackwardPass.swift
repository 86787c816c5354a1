/// A number for each token that the policy chose, from the last to the first:
///
///     x(t) = reward(t) + nextFactor · value(next) − value(t) + decay · x(next)
///
/// "Next" is the next token that the policy chose. Without values it is the discounted return. What it takes instead of
/// its result: 8 million numbers take longer to store than to compute twice.
public struct BackwardPass: Hashable, Sendable {
    let decay: Double
    let nextFactor: Double
    /// Earned at the last token that the policy chose.
    let reward: Double
    /// `[tokens]`
    let tokenRewards: [Double]?
    /// `[tokens]`
    let values: [Double]?

    /// The return of each token: rewards that come `k` policy tokens later count gamma^k.
    init(returnsOf rollout: ScoredRollout, gamma: Double) {
        decay = gamma
        nextFactor = 0
        reward = rollout.reward
        tokenRewards = rollout.tokenRewards
        values = nil
    }

    /// The generalized advantage of each token, before whitening.
    init(advantagesOf rollout: ScoredRollout, gamma: Double, lambda: Double) {
        decay = gamma * lambda
        nextFactor = gamma
        reward = rollout.reward
        tokenRewards = rollout.tokenRewards
        values = rollout.values
    }

    /// (Each number − shift) · scale, 0 where the policy chose nothing. `[tokens]`
    func numbers(over policyMask: [Bool], shift: Double = 0, scale: Double = 1) -> [Double] {
        var numbers = [Double](repeating: 0, count: policyMask.count)
        numbers.withUnsafeMutableBufferPointer { numbers in
            walk(policyMask) { place, number in numbers[place] = (number - shift) * scale }
        }
        return numbers
    }

    func add(to moments: inout Moments, over policyMask: [Bool]) {
        let pivot = moments.pivot
        var count = 0.0, sum = 0.0, squares = 0.0
        walk(policyMask) { _, number in
            let centered = number - pivot
            count += 1
            sum += centered
            squares += centered * centered
        }
        moments.add(count: count, sum: sum, squares: squares)
    }

    @inline(__always)
    private func walk(_ policyMask: [Bool], _ visit: (_ place: Int, _ number: Double) -> Void) {
        policyMask.withUnsafeBufferPointer { mask in
            guard let values else { return walk(mask, value: { _ in 0 }, visit) }
            values.withUnsafeBufferPointer { values in walk(mask, value: { values[$0] }, visit) }
        }
    }

    @inline(__always)
    private func walk(
        _ mask: UnsafeBufferPointer<Bool>, value: (Int) -> Double, _ visit: (_ place: Int, _ number: Double) -> Void
    ) {
        var next = 0.0, nextValue = 0.0, outcome = reward
        for place in mask.indices.reversed() where mask[place] {
            let reward = outcome + (tokenRewards?[place] ?? 0), own = value(place)
            outcome = 0
            next = reward + nextFactor * nextValue - own + decay * next
            nextValue = own
            visit(place, next)
        }
    }
}
