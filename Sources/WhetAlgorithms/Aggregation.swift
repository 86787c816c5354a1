/// How the losses of a batch's tokens become one number.
public enum Aggregation: String, Sendable, Codable, CaseIterable {
    case tokenMean = "token-mean"
    case tokenSum = "token-sum"
    case sequenceMeanTokenSum = "seq-mean-token-sum"
    case sequenceMeanTokenMean = "seq-mean-token-mean"
    case sequenceMeanTokenSumNorm = "seq-mean-token-sum-norm"

    /// Each token's share of the batch's loss; 0 where the mask is off. `[sequences][tokens]`
    ///
    /// - Parameter masks: of the whole batch, all micro-batches together. `[sequences][tokens]`
    public func shares(masks: [[Bool]]) -> [[Double]] {
        let tokens = Double(max(1, masks.reduce(0) { $0 + $1.count { $0 } }))
        let sequences = Double(max(1, masks.count { $0.contains(true) }))
        let longest = Double(max(1, masks.map(\.count).max() ?? 1))
        return masks.map { mask in
            let share =
                switch self {
                case .tokenMean: 1 / tokens
                case .tokenSum: 1.0
                case .sequenceMeanTokenSum: 1 / sequences
                case .sequenceMeanTokenMean: 1 / sequences / Double(max(1, mask.count { $0 }))
                case .sequenceMeanTokenSumNorm: 1 / longest
                }
            return mask.map { $0 ? share : 0 }
        }
    }
}
