@testable import WhetEngine

/// A decoder without a model: the logits are a function of the tokens so far, and nothing else.
///
/// Keeps: it traps where a real decoder would: on closed sequences, empty entries, and new weights while any is open.
final class FakeDecoder: DecodingSession {
    struct Sequence: Hashable, Sendable { let id: Int }

    let vocabulary: Int
    private let logits: ([Int32]) -> [Float]
    private var caches: [Sequence: [Int32]] = [:]
    private var next = 0
    private var buffer: UnsafeMutableBufferPointer<Float> = .init(start: nil, count: 0)

    /// What each step read, for tests to look at.
    private(set) var steps: [[Int]] = []
    private(set) var forks: [Int] = []
    private(set) var replacements = 0

    init(vocabulary: Int, logits: @escaping ([Int32]) -> [Float]) {
        self.vocabulary = vocabulary
        self.logits = logits
    }

    deinit { buffer.deallocate() }

    var openSequences: Int { caches.count }
    var readTokens: Int { steps.joined().reduce(0, +) }
    var cachedTokens: Int { caches.values.reduce(0) { $0 + $1.count } }

    func open() -> Sequence {
        next += 1
        caches[Sequence(id: next)] = []
        return Sequence(id: next)
    }

    func fork(_ sequence: Sequence, length: Int) -> Sequence {
        guard let cache = caches[sequence], cache.count >= length else { preconditionFailure("nothing to fork") }
        let copy = open()
        caches[copy] = Array(cache[..<length])
        forks.append(length)
        return copy
    }

    func close(_ sequence: Sequence) {
        precondition(caches.removeValue(forKey: sequence) != nil, "closed twice")
    }

    func length(of sequence: Sequence) -> Int { caches[sequence]?.count ?? -1 }

    func step(_ entries: [(sequence: Sequence, tokens: [Int32])]) -> UnsafeBufferPointer<Float> {
        precondition(Set(entries.map(\.sequence)).count == entries.count, "a sequence twice in a step")
        buffer.deallocate()
        buffer = .allocate(capacity: entries.count * vocabulary)
        steps.append(entries.map(\.tokens.count))
        for (row, entry) in entries.enumerated() {
            precondition(!entry.tokens.isEmpty && caches[entry.sequence] != nil, "nothing to step on")
            caches[entry.sequence, default: []] += entry.tokens
            let values = logits(caches[entry.sequence, default: []])
            for (column, value) in values.enumerated() { buffer[row * vocabulary + column] = value }
        }
        return UnsafeBufferPointer(buffer)
    }

    func replaceParameters(with model: Model) {
        precondition(caches.isEmpty, "new weights while caches of the old are open")
        replacements += 1
    }
}
