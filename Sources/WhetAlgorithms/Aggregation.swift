/// How the losses of a batch's tokens become one number.
///
///     token-mean                every token weighs the same
///     token-sum                 the plain sum
///     seq-mean-token-sum        sums of sequences, averaged over sequences
///     seq-mean-token-mean       means of sequences, averaged over sequences
///     seq-mean-token-sum-norm   sums of sequences, averaged over sequences and divided by the longest length
///
/// Keeps: a sequence without trained tokens counts nowhere.
public enum Aggregation: String, Sendable, Codable, CaseIterable {
    case tokenMean = "token-mean"
    case tokenSum = "token-sum"
    case sequenceMeanTokenSum = "seq-mean-token-sum"
    case sequenceMeanTokenMean = "seq-mean-token-mean"
    case sequenceMeanTokenSumNorm = "seq-mean-token-sum-norm"

    /// Each token's share of the batch's loss; 0 where the mask is off. `[sequences][tokens]`
    ///
    /// - Parameters:
    ///   - masks: of the whole batch, all micro-batches together. `[sequences][tokens]`
    ///   - length: what `seq-mean-token-sum-norm` divides by; the longest mask if nil. A constant
    ///     keeps the size of steps the same all through a run.
    func shares(masks: [[Bool]], length: Int? = nil) -> [[Double]] {
        let counts = masks.map { mask in mask.count { $0 } }
        let tokens = Double(max(1, counts.reduce(0, +)))
        let sequences = Double(max(1, counts.count { $0 > 0 }))
        let longest = Double(max(1, length ?? masks.map(\.count).max() ?? 1))
        return zip(masks, counts).map { mask, count in
            let share =
                switch self {
                case .tokenMean: 1 / tokens
                case .tokenSum: 1.0
                case .sequenceMeanTokenSum: 1 / sequences
                case .sequenceMeanTokenMean: 1 / sequences / Double(max(1, count))
                case .sequenceMeanTokenSumNorm: 1 / sequences / longest
                }
            return mask.map { $0 ? share : 0 }
        }
    }

    /// What the shares of each sequence are multiplied by, so that the sequences of one rollout count in means over
    /// sequences as one sequence with all their tokens would. 1 where every rollout has one.
    ///
    /// - Parameters:
    ///   - owners: which rollout each sequence is of. `[sequences]`
    ///   - counts: how many of its tokens are trained. `[sequences]`
    public func votes(owners: [Int], counts: [Int]) -> [Double] {
        var tokens: [Int: Int] = [:]
        for (owner, count) in zip(owners, counts) where count > 0 { tokens[owner, default: 0] += count }
        let sequences = counts.count { $0 > 0 }
        guard tokens.count < sequences else { return [Double](repeating: 1, count: owners.count) }
        let spread = Double(sequences) / Double(tokens.count)
        return zip(owners, counts).map { owner, count in
            switch self {
            case .tokenMean, .tokenSum: 1
            case .sequenceMeanTokenSum, .sequenceMeanTokenSumNorm: spread
            case .sequenceMeanTokenMean: spread * Double(count) / Double(tokens[owner] ?? 1)
            }
        }
    }
}
