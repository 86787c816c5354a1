import WhetCore

/// Byte-pair encoding: a word starts as its bytes, then the pair of neighbors with the lowest rank merges, the leftmost
/// first, until no pair merges.
///
/// Keeps: a word's tokens depend on its bytes alone. Bytes that the vocabulary lacks are left out or become the unknown
/// token, as `tokenizers` does it.
///
/// Source: Sennrich et al., arXiv 1508.07909; over bytes: GPT-2.
struct BytePairModel: Sendable {
    /// The token of each byte; −1 where the vocabulary lacks it.
    let byteTokens: [Int32]
    let merges: MergeTable
    /// Words that are one token without any merging: those whose own merges end in that token.
    private(set) var words: TokenTable
    let unknownToken: Int32?
    /// Whether a run of unknown bytes is one unknown token.
    let fusesUnknown: Bool

    /// - Parameters:
    ///   - vocabulary: the bytes and number of every token.
    ///   - ignoresMerges: a word that is in the vocabulary is that token, whatever the merges would make of it.
    init(
        vocabulary: [(bytes: [UInt8], token: Int32)], merges: MergeTable, unknownToken: Int32?, fusesUnknown: Bool,
        ignoresMerges: Bool
    ) {
        var byteTokens = [Int32](repeating: -1, count: 256)
        for entry in vocabulary where entry.bytes.count == 1 { byteTokens[Int(entry.bytes[0])] = entry.token }
        self.byteTokens = byteTokens
        self.merges = merges
        self.unknownToken = unknownToken
        self.fusesUnknown = fusesUnknown
        words = TokenTable(capacity: 0)
        var known = TokenTable(capacity: vocabulary.count)
        var tokens: [Int32] = []
        for entry in vocabulary where !entry.bytes.isEmpty {
            if !ignoresMerges {
                tokens.removeAll(keepingCapacity: true)
                entry.bytes.withUnsafeBufferPointer { merge($0, into: &tokens) }
                if tokens != [entry.token] { continue }
            }
            known.insert(entry.bytes, token: entry.token)
        }
        words = known
    }

    /// Appends the tokens of a word.
    func encode(_ word: UnsafeBufferPointer<UInt8>, into tokens: inout [Int32]) {
        if let token = words.token(of: word) {
            tokens.append(token)
        } else {
            merge(word, into: &tokens)
        }
    }

    private func merge(_ word: UnsafeBufferPointer<UInt8>, into tokens: inout [Int32]) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: word.count) { symbols in
            let count = start(word, symbols)
            if count <= 48 {
                mergeShort(symbols, count, into: &tokens)
            } else {
                mergeLong(symbols, count, into: &tokens)
            }
        }
    }

    /// The tokens of the single bytes.
    private func start(_ word: UnsafeBufferPointer<UInt8>, _ symbols: UnsafeMutableBufferPointer<Int32>) -> Int {
        var count = 0
        var isUnknown = false
        for byte in word {
            let token = byteTokens[Int(byte)]
            if token >= 0 {
                symbols[count] = token
                count += 1
            } else if let unknownToken, !(isUnknown && fusesUnknown) {
                symbols[count] = unknownToken
                count += 1
            }
            isUnknown = token < 0
        }
        return count
    }

    /// Looks through all pairs for each merge: the fastest way for the few that a word has.
    private func mergeShort(_ symbols: UnsafeMutableBufferPointer<Int32>, _ length: Int, into tokens: inout [Int32]) {
        withUnsafeTemporaryAllocation(of: MergeTable.Merge.self, capacity: length + 1) { pairs in
            var count = length
            for index in 0..<max(count - 1, 0) { pairs[index] = merges[symbols[index], symbols[index + 1]] }
            while count > 1 {
                var best = 0
                for index in 1..<max(count - 1, 1) where pairs[index].rank < pairs[best].rank { best = index }
                guard pairs[best].rank < .max else { break }
                symbols[best] = pairs[best].token
                count -= 1
                for index in best + 1..<max(count, best + 1) {
                    symbols[index] = symbols[index + 1]
                    pairs[index] = pairs[index + 1]
                }
                if best > 0 { pairs[best - 1] = merges[symbols[best - 1], symbols[best]] }
                if best + 1 < count { pairs[best] = merges[symbols[best], symbols[best + 1]] }
            }
            tokens.append(contentsOf: UnsafeBufferPointer(rebasing: symbols[0..<count]))
        }
    }

    /// Keeps the pairs in a heap and the symbols in a linked list: n log n for words as long as a whole file.
    private func mergeLong(_ symbols: UnsafeMutableBufferPointer<Int32>, _ count: Int, into tokens: inout [Int32]) {
        var heap = MergeHeap()
        var before = (0..<count).map { $0 - 1 }
        var after = (0..<count).map { $0 + 1 < count ? $0 + 1 : -1 }
        var isGone = [Bool](repeating: false, count: count)
        func push(_ left: Int) {
            guard left >= 0, after[left] >= 0 else { return }
            let merge = merges[symbols[left], symbols[after[left]]]
            if merge.rank < .max { heap.push(MergeHeap.Entry(rank: merge.rank, position: left, token: merge.token)) }
        }
        for index in 0..<count { push(index) }
        while let next = heap.pop() {
            let left = next.position
            guard !isGone[left], after[left] >= 0 else { continue }
            let right = after[left]
            // The pair may have changed since it was pushed.
            guard merges[symbols[left], symbols[right]].token == next.token else { continue }
            symbols[left] = next.token
            isGone[right] = true
            after[left] = after[right]
            if after[right] >= 0 { before[after[right]] = left }
            push(before[left])
            push(left)
        }
        for index in 0..<count where !isGone[index] { tokens.append(symbols[index]) }
    }
}

/// A binary heap of possible merges, the lowest rank on top, of equal ranks the leftmost.
private struct MergeHeap {
    struct Entry {
        var rank: Int32
        var position: Int
        var token: Int32

        func comesBefore(_ other: Entry) -> Bool { (rank, position) < (other.rank, other.position) }
    }

    private var entries: [Entry] = []

    mutating func push(_ entry: Entry) {
        var index = entries.count
        entries.append(entry)
        while index > 0, entry.comesBefore(entries[(index - 1) / 2]) {
            entries[index] = entries[(index - 1) / 2]
            index = (index - 1) / 2
        }
        entries[index] = entry
    }

    mutating func pop() -> Entry? {
        guard let top = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else { return top }
        var index = 0
        while index * 2 + 1 < entries.count {
            var child = index * 2 + 1
            if child + 1 < entries.count, entries[child + 1].comesBefore(entries[child]) { child += 1 }
            guard entries[child].comesBefore(last) else { break }
            entries[index] = entries[child]
            index = child
        }
        entries[index] = last
        return top
    }
}
