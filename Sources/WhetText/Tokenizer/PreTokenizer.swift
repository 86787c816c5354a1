import WhetCore

/// Cuts normalized text into the words that byte-pair merges stay within.
///
/// Keeps: the words, in order, are the text, but for what a `removed` split drops and a prefix space adds.
struct PreTokenizer: Sendable {
    enum Stage: Sendable {
        case split(SplitProgram, Behavior, inverted: Bool)
        /// A space before every piece that does not begin with one.
        case prefixSpace
    }

    /// What becomes of the matches of a split.
    enum Behavior: String, Sendable, CaseIterable {
        case isolated = "Isolated"
        case removed = "Removed"
        case mergedWithPrevious = "MergedWithPrevious"
        case mergedWithNext = "MergedWithNext"
        case contiguous = "Contiguous"
    }

    let stages: [Stage]

    /// Calls `body` with every word of `text`.
    func words(of text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        cut(text, stage: 0, body)
    }

    private func cut(_ text: UnsafeBufferPointer<UInt8>, stage: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        guard !text.isEmpty else { return }
        guard stage < stages.count else { return body(text) }
        switch stages[stage] {
        case .prefixSpace:
            guard text.first != UInt8(ascii: " ") else { return cut(text, stage: stage + 1, body) }
            let prefixed = [UInt8(ascii: " ")] + text
            prefixed.withUnsafeBufferPointer { cut($0, stage: stage + 1, body) }
        case .split(let program, .isolated, _):
            Self.pieces(of: text, program) { range, _ in
                if !range.isEmpty { cut(UnsafeBufferPointer(rebasing: text[range]), stage: stage + 1, body) }
            }
        case .split(let program, let behavior, let inverted):
            var pieces: [(range: Range<Int>, isMatch: Bool)] = []
            Self.pieces(of: text, program) { pieces.append(($0, $1 != inverted)) }
            for range in behavior.joined(pieces) where !range.isEmpty {
                cut(UnsafeBufferPointer(rebasing: text[range]), stage: stage + 1, body)
            }
        }
    }

    /// The matches of the pattern, even empty ones, and what lies between them, in order.
    private static func pieces(
        of text: UnsafeBufferPointer<UInt8>, _ program: SplitProgram, _ body: (Range<Int>, Bool) -> Void
    ) {
        var matcher = SplitMatcher(program, text: text)
        var done = 0
        var position = 0
        while position < text.count {
            guard let end = matcher.match(at: position) else {
                position = scalarEnd(text, position)
                continue
            }
            if position > done { body(done..<position, false) }
            if end > position || position > done || position == 0 { body(position..<end, true) }
            done = end
            position = end > position ? end : scalarEnd(text, position)
        }
        if done < text.count { body(done..<text.count, false) }
    }

    private static func scalarEnd(_ text: UnsafeBufferPointer<UInt8>, _ position: Int) -> Int {
        var next = position + 1
        while next < text.count, text[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}

extension PreTokenizer.Behavior {
    /// The ranges that are left when the matches have been dropped or joined with their neighbors.
    func joined(_ pieces: [(range: Range<Int>, isMatch: Bool)]) -> [Range<Int>] {
        switch self {
        case .isolated: return pieces.map(\.range)
        case .removed: return pieces.filter { !$0.isMatch }.map(\.range)
        case .contiguous: return joined(pieces) { $0 == $1 }
        case .mergedWithPrevious: return joined(pieces) { !$0 && $1 }
        case .mergedWithNext: return joined(pieces) { $0 && !$1 }
        }
    }

    /// Joins each piece with the one before where `joins(before, this)` says so of their being matches.
    private func joined(
        _ pieces: [(range: Range<Int>, isMatch: Bool)], _ joins: (Bool, Bool) -> Bool
    ) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var before: Bool?
        for piece in pieces {
            if let before, let last = ranges.last, joins(before, piece.isMatch) {
                ranges[ranges.count - 1] = last.lowerBound..<piece.range.upperBound
            } else {
                ranges.append(piece.range)
            }
            before = piece.isMatch
        }
        return ranges
    }
}
