import WhetBackends

extension LossAccounting {
    /// The slopes at a micro-batch's trained tokens, in their order.
    ///
    /// - Parameter counts: how many tokens of each sequence of the batch are trained.
    mutating func slopes(_ range: Range<Int>, _ scores: Transformer.Scores, counts: [Int]) -> Transformer.Slopes {
        var slopes = Transformer.Slopes()
        slopes.logProbabilities.reserveCapacity(scores.logProbabilities.count)
        var next = 0
        for index in range where counts[index] > 0 {
            let scored = next..<next + counts[index]
            let own = self.slopes(
                of: index, logProbabilities: scores.logProbabilities[scored], entropies: scores.entropies[scored])
            slopes.logProbabilities += own.logProbabilities
            slopes.entropies += own.entropies
            next = scored.upperBound
        }
        return slopes
    }
}
