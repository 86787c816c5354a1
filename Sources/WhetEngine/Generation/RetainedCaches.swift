/// The caches of finished requests, kept a while for prompts that begin like them, the longest unused first.
struct RetainedCaches<Session: DecodingSession> {
    private struct Entry {
        let tokens: [Int32]
        let sequence: Session.Sequence
        var lastUse: Int
    }

    private var entries: [Entry] = []
    private var uses = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// How many tokens they hold together.
    private(set) var cachedTokens = 0

    /// Keeps a cache that holds `tokens`; what falls out for it is closed.
    mutating func keep(_ sequence: Session.Sequence, holding tokens: [Int32], session: Session) {
        guard capacity > 0 else { return session.close(sequence) }
        if entries.count >= capacity { _ = dropOldest(session) }
        uses += 1
        entries.append(Entry(tokens: tokens, sequence: sequence, lastUse: uses))
        cachedTokens += tokens.count
    }

    /// The cache that begins most like `prompt`, and how many tokens they share, if that is more than `least`.
    mutating func longestPrefix(of prompt: [Int32], over least: Int) -> (sequence: Session.Sequence, length: Int)? {
        var best: (index: Int, length: Int)?
        for (index, entry) in entries.enumerated() {
            let length = entry.tokens.commonPrefix(with: prompt)
            if length > best?.length ?? least { best = (index, length) }
        }
        guard let best else { return nil }
        uses += 1
        entries[best.index].lastUse = uses
        return (entries[best.index].sequence, best.length)
    }

    /// Closes the cache that was not used for longest.
    ///
    /// - Returns: false when there was none.
    mutating func dropOldest(_ session: Session) -> Bool {
        guard let oldest = entries.indices.min(by: { entries[$0].lastUse < entries[$1].lastUse }) else { return false }
        let entry = entries.remove(at: oldest)
        session.close(entry.sequence)
        cachedTokens -= entry.tokens.count
        return true
    }

    mutating func dropAll(_ session: Session) {
        while dropOldest(session) {}
    }
}
