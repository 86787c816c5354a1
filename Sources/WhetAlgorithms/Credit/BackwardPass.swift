extension ScoredRollout {
    /// Computes a number for each token that the policy chose, from the last to the first, adding all to `moments`.
    ///
    ///     x(t) = reward(t) + nextFactor · value(next) − value(t) + decay · x(next)
    ///
    /// "Next" is the next token that the policy chose. Without values it is the discounted return.
    ///
    /// - Returns: 0 where the policy chose nothing. `[tokens]`
    func backwardPass(decay: Double, nextFactor: Double, _ moments: inout Moments) -> [Double] {
        let pivot = moments.pivot
        var sum = 0.0, squares = 0.0
        let numbers = [Double](unsafeUninitializedCapacity: policyMask.count) { buffer, initialized in
            var next = 0.0, nextValue = 0.0, outcome = reward
            policyMask.withUnsafeBufferPointer { mask in
                for place in mask.indices.reversed() {
                    guard mask[place] else {
                        buffer.initializeElement(at: place, to: 0)
                        continue
                    }
                    var own = outcome
                    outcome = 0
                    if let tokenRewards { own += tokenRewards[place] }
                    if let values {
                        own += nextFactor * nextValue - values[place]
                        nextValue = values[place]
                    }
                    next = own + decay * next
                    buffer.initializeElement(at: place, to: next)
                    let centered = next - pivot
                    sum += centered
                    squares += centered * centered
                }
            }
            initialized = policyMask.count
        }
        moments.add(count: Double(policyTokenCount), sum: sum, squares: squares)
        return numbers
    }
}
