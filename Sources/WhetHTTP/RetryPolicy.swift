/// Whether and when a failed request is tried again.
///
/// Tried again: a failing or cut connection, a silent server, an answer that is not HTTP, 429 and 5xx. Everything else
/// is final, 4xx above all. Jitter decides when, never what: it has no part in any result, so it may be truly random.
public struct RetryPolicy: Hashable, Sendable {
    /// The first try included.
    public var maximumTries: Int
    /// The longest wait after the first failure; it doubles with each.
    public var firstDelay: Duration
    var maximumDelay: Duration
    /// For all tries and waits together; nil for no bound.
    public var deadline: Duration?

    public init(
        maximumTries: Int = 6, firstDelay: Duration = .milliseconds(250), maximumDelay: Duration = .seconds(20),
        deadline: Duration? = nil
    ) {
        self.maximumTries = maximumTries
        self.firstDelay = firstDelay
        self.maximumDelay = maximumDelay
        self.deadline = deadline
    }

    /// Six tries, with 4 to 8 s of waiting between them in all.
    public static let standard = RetryPolicy()
    /// One try.
    public static let never = RetryPolicy(maximumTries: 1)

    /// How long to wait after the `tries`-th try failed: between half and the whole of `firstDelay · 2^(tries − 1)`,
    /// at most `maximumDelay`, but never less than what the server asked for.
    func delay(
        afterTry tries: Int, retryAfter: Duration? = nil, random: inout some RandomNumberGenerator
    ) -> Duration {
        var longest = firstDelay
        for _ in 0..<max(0, tries - 1) where longest < maximumDelay { longest *= 2 }
        let jittered = min(longest, maximumDelay) * Double.random(in: 0.5...1, using: &random)
        return max(jittered, retryAfter ?? .zero)
    }
}
