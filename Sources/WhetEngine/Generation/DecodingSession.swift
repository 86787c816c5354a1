/// What the scheduler needs of a decoder: caches that grow by tokens, and the logits that follow them.
///
/// Keeps: not to be shared between threads. A sequence's logits depend on its own tokens alone, bit for bit: not on how
/// they were split over steps, on what else was in a step, nor on whether the cache was forked.
protocol DecodingSession: AnyObject, SendableMetatype {
    /// Names a cache.
    associatedtype Sequence: Hashable & Sendable

    /// An empty cache.
    func open() -> Sequence

    /// A cache that starts with the first `length` tokens of another.
    func fork(_ sequence: Sequence, length: Int) -> Sequence

    func close(_ sequence: Sequence)

    /// How many tokens are cached.
    func length(of sequence: Sequence) -> Int

    /// Appends tokens to caches.
    ///
    /// - Parameter entries: each sequence at most once, each with at least one token.
    /// - Returns: the logits after each entry's last token, `[entries, vocabulary]`; valid until the next step.
    func step(_ entries: [(sequence: Sequence, tokens: [Int32])]) -> UnsafeBufferPointer<Float>

    /// Takes other weights of the same shape. No sequence may be open.
    func replaceParameters(with model: Model)

    /// The sum of all lengths.
    var cachedTokens: Int { get }
}
