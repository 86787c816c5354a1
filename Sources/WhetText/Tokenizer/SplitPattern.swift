import WhetCore

/// The syntax of a split pattern: the part of Oniguruma's regular expressions that published tokenizers use.
indirect enum SplitPattern: Sendable {
    /// One scalar of a set.
    case set(ScalarSet)
    case sequence([SplitPattern])
    /// The first that leads to a match.
    case alternation([SplitPattern])
    case repetition(SplitPattern, atLeast: Int, atMost: Int?, Greed)
    /// Something that must or must not follow, without being consumed.
    case lookahead(SplitPattern, negated: Bool)
    /// As the inner pattern, but what it took is never given back.
    case atomic(SplitPattern)
    case start
    case end

    enum Greed: Sendable {
        /// As many as possible, then fewer.
        case greedy
        /// As few as possible, then more.
        case lazy
        /// As many as possible, never fewer.
        case possessive
    }
}

extension SplitPattern {
    /// Whether the pattern can match without consuming anything.
    var isNullable: Bool {
        switch self {
        case .set: false
        case .sequence(let parts): parts.allSatisfy(\.isNullable)
        case .alternation(let choices): choices.contains(where: \.isNullable)
        case .repetition(let inner, let least, _, _): least == 0 || inner.isNullable
        case .lookahead, .start, .end: true
        case .atomic(let inner): inner.isNullable
        }
    }

    /// The scalars that a match can begin with, where it consumes any; those of a nullable pattern say nothing of
    /// what follows it.
    var first: ScalarSet {
        switch self {
        case .set(let set): return set
        case .sequence(let parts):
            var first = ScalarSet.empty
            for part in parts {
                first = first.union(part.first)
                if !part.isNullable { break }
            }
            return first
        case .alternation(let choices): return choices.reduce(.empty) { $0.union($1.first) }
        case .repetition(let inner, _, let most, _): return most == 0 ? .empty : inner.first
        case .atomic(let inner): return inner.first
        case .lookahead, .start, .end: return .empty
        }
    }
}
