/// Finds how far down the ranking of tokens one has to go, without sorting the vocabulary.
///
/// Keeps: tokens rank by logit, the larger first; of equal logits the lower id first. So every cut is unique.
struct TokenRanking {
    /// The lowest-ranking token that is kept.
    struct Cut: Equatable {
        var token: Int32
        var logit: Float

        func keeps(_ token: Int32, logit: Float) -> Bool {
            logit > self.logit || (logit == self.logit && token <= self.token)
        }
    }

    /// A permutation of the candidates; after a cut the kept ones come first. Reused from draw to draw.
    private var order: [Int32] = []

    /// Makes all tokens candidates.
    mutating func reset(count: Int) {
        if order.count == count { return }
        order = Array(0..<Int32(count))
    }

    /// The shortest prefix of the ranked first `candidates` whose weights sum to at least `target`; all of them if none
    /// does.
    ///
    /// Hoare's selection: each round looks at one part only, so the cost is linear.
    mutating func cut(
        _ logits: UnsafeBufferPointer<Float>, candidates: Int, reaching target: Double, weight: (Int32) -> Double
    ) -> (count: Int, cut: Cut) {
        order.withUnsafeMutableBufferPointer { order in
            var low = 0, high = candidates, reached = 0.0
            while high - low > 1 {
                let middle = TokenRanking.partition(order, low, high, logits)
                var upper = 0.0
                for place in low..<middle { upper += weight(order[place]) }
                if reached + upper >= target {
                    high = middle
                } else {
                    reached += upper
                    low = middle
                }
            }
            let token = order[low]
            return (low + 1, Cut(token: token, logit: logits[Int(token)]))
        }
    }

    /// The `count` tokens of highest rank, in order.
    mutating func top(_ count: Int, of logits: UnsafeBufferPointer<Float>) -> [Int32] {
        reset(count: logits.count)
        let count = min(count, logits.count)
        guard count > 0 else { return [] }
        _ = cut(logits, candidates: logits.count, reaching: Double(count)) { _ in 1 }
        return order[..<count].sorted { TokenRanking.ranks($0, before: $1, logits) }
    }

    private static func ranks(_ left: Int32, before right: Int32, _ logits: UnsafeBufferPointer<Float>) -> Bool {
        let (a, b) = (logits[Int(left)], logits[Int(right)])
        return a > b || (a == b && left < right)
    }

    /// Splits `low..<high` in two non-empty parts, each token of the first ranking before each of the second.
    private static func partition(
        _ order: UnsafeMutableBufferPointer<Int32>, _ low: Int, _ high: Int, _ logits: UnsafeBufferPointer<Float>
    ) -> Int {
        // The median of three keeps sorted and constant logits from taking quadratic time.
        let last = high - 1
        let middle = low + (last - low) / 2
        if ranks(order[middle], before: order[low], logits) { order.swapAt(middle, low) }
        if ranks(order[last], before: order[low], logits) { order.swapAt(last, low) }
        if ranks(order[last], before: order[middle], logits) { order.swapAt(last, middle) }
        let pivot = order[middle]
        var left = low - 1, right = high
        while true {
            repeat { left += 1 } while ranks(order[left], before: pivot, logits)
            repeat { right -= 1 } while ranks(pivot, before: order[right], logits)
            if left >= right { break }
            order.swapAt(left, right)
        }
        // `right` is the last of the first part, and below `last` because the pivot is: neither part is empty.
        return right + 1
    }
}
