/// The advantages of one rollout's tokens, no larger than they need be: most algorithms give all of them the same.
public enum RolloutCredit: Hashable, Sendable {
    /// Every token that the policy chose has this advantage.
    case uniform(Double)
    /// Tokens of a span have its advantage, all others none.
    case spans([Span])
    /// Each token has its own, 0 where the policy chose nothing. `[tokens]`
    case tokens([Double])
    /// Each token that the policy chose has (its number of the pass − shift) · scale.
    case returns(BackwardPass, shift: Double, scale: Double)
    /// Not to be trained on at all: its tokens count in no mean.
    case leftOut

    /// A run of tokens with one advantage.
    public struct Span: Hashable, Sendable {
        /// Its tokens, counted from the first after the prompt.
        public var range: Range<Int>
        var advantage: Double

        public init(range: Range<Int>, advantage: Double) {
            self.range = range
            self.advantage = advantage
        }
    }

    /// One advantage a token, 0 where the policy chose nothing. `[tokens]`
    ///
    /// - Parameter policyMask: the rollout's.
    public func advantages(over policyMask: [Bool]) -> [Double] {
        switch self {
        case .uniform(let advantage):
            return Self.written(policyMask) { mask, advantages in
                for place in mask.indices { advantages[place] = mask[place] ? advantage : 0 }
            }
        case .spans(let spans):
            return Self.written(policyMask) { mask, advantages in
                var written = 0
                for span in spans {
                    // Between spans, and where spans overlap the later one holds.
                    for place in written..<max(written, span.range.lowerBound) { advantages[place] = 0 }
                    for place in span.range { advantages[place] = mask[place] ? span.advantage : 0 }
                    written = max(written, span.range.upperBound)
                }
                for place in written..<mask.count { advantages[place] = 0 }
            }
        case .tokens(let advantages):
            return advantages
        case .returns(let pass, let shift, let scale):
            return pass.numbers(over: policyMask, shift: shift, scale: scale)
        case .leftOut:
            return [Double](repeating: 0, count: policyMask.count)
        }
    }

    /// As many numbers as the mask has, each of which `write` sets.
    private static func written(
        _ policyMask: [Bool], _ write: (UnsafeBufferPointer<Bool>, UnsafeMutableBufferPointer<Double>) -> Void
    ) -> [Double] {
        [Double](unsafeUninitializedCapacity: policyMask.count) { advantages, count in
            policyMask.withUnsafeBufferPointer { mask in
                write(mask, UnsafeMutableBufferPointer(rebasing: advantages[..<mask.count]))
            }
            count = policyMask.count
        }
    }

    /// Whether the rollout teaches nothing.
    ///
    /// - Parameter policyMask: the rollout's.
    public func isZero(over policyMask: [Bool]) -> Bool {
        if case .uniform(let advantage) = self { return advantage == 0 }
        return advantages(over: policyMask).allSatisfy { $0 == 0 }
    }

    /// The mean advantage of the tokens that the policy chose; 0 of none.
    ///
    /// - Parameter policyMask: the rollout's.
    public func mean(over policyMask: [Bool]) -> Double {
        if case .uniform(let advantage) = self { return advantage }
        let count = policyMask.count { $0 }
        return count == 0 ? 0 : advantages(over: policyMask).reduce(0, +) / Double(count)
    }
}
