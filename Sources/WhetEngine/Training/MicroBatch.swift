/// A sequence whose tokens at some places get log-probabilities.
struct ScoredSequence {
    let tokens: [Int32]
    /// Ascending, at least 1: what is asked is the log-probability of `tokens[place]` given those before it.
    let places: [Int]
    let temperature: Float
    /// What is asked for at each place instead of the token that stands there. `[places]`
    var targets: [Int32]? = nil
}

/// Sequences end to end, without padding, and the rows whose next token is scored.
///
/// Keeps: a sequence ends before the last token that is scored, because nothing asks what comes after it.
struct MicroBatch {
    private(set) var tokens: [Int32] = []
    /// Where each sequence starts, and at the end how many tokens there are. `[sequences + 1]`
    private(set) var starts: [Int] = [0]
    /// Of each scored place: the row before it, the token at it, 1 / temperature. `[scored]`
    private(set) var rows: [Int] = []
    private(set) var targets: [Int32] = []
    private(set) var inverseTemperatures: [Float] = []
    private(set) var longest = 0

    var sequenceCount: Int { starts.count - 1 }

    mutating func append(_ sequence: ScoredSequence) {
        guard let last = sequence.places.last else { return }
        let start = tokens.count
        tokens += sequence.tokens[..<last]
        starts.append(tokens.count)
        longest = max(longest, last)
        for (index, place) in sequence.places.enumerated() {
            rows.append(start + place - 1)
            targets.append(sequence.targets?[index] ?? sequence.tokens[place])
            inverseTemperatures.append(1 / sequence.temperature)
        }
    }

    /// Cuts sequences, in their order, into micro-batches of at most `tokens` tokens; a longer sequence stands alone.
    /// Sequences without a scored place are in none.
    static func cut(_ sequences: [ScoredSequence], tokens limit: Int) -> [(range: Range<Int>, batch: MicroBatch)] {
        var batches: [(range: Range<Int>, batch: MicroBatch)] = []
        var batch = MicroBatch()
        var first = 0
        for (index, sequence) in sequences.enumerated() {
            if !batch.tokens.isEmpty, batch.tokens.count + (sequence.places.last ?? 0) > limit {
                batches.append((first..<index, batch))
                batch = MicroBatch()
                first = index
            }
            batch.append(sequence)
        }
        if !batch.tokens.isEmpty { batches.append((first..<sequences.count, batch)) }
        return batches
    }
}
