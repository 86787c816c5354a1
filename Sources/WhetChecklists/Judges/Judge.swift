import Synchronization

/// Anybody who can say whether an item is met.
///
/// Keeps: a judgment that could not be made is `unknown`, with the reason; only cancellation (and a cache that is
/// broken) throws. A kept judgment is given only for the `identity` that made it.
public protocol Judge: Sendable {
    /// What its answers depend on beside the question: kind, model, prompt, sampling, votes. Part of a cache's key.
    var identity: String { get }

    func judge(_ question: JudgmentQuestion) async throws -> Judgment
}

/// Where judgments are kept, so that scoring again asks nobody.
public protocol JudgmentCache: Sendable {
    /// - Returns: nil where nobody has been asked yet.
    func judgment(for key: JudgmentKey) async throws -> Judgment?

    /// Only known judgments are kept: a failure may pass.
    func keep(_ judgment: Judgment, for key: JudgmentKey) async throws
}

/// Keeps judgments as long as the process runs.
public final class MemoryJudgmentCache: JudgmentCache {
    private let judgments = Mutex<[JudgmentKey: Judgment]>([:])

    public init() {}

    public var count: Int { judgments.withLock { $0.count } }

    public func judgment(for key: JudgmentKey) -> Judgment? { judgments.withLock { $0[key] } }

    public func keep(_ judgment: Judgment, for key: JudgmentKey) { judgments.withLock { $0[key] = judgment } }
}

/// A judge who is asked only what a cache does not know.
public struct CachingJudge: Judge {
    public let judge: any Judge
    public let cache: any JudgmentCache

    public init(_ judge: any Judge, cache: any JudgmentCache) {
        self.judge = judge
        self.cache = cache
    }

    public var identity: String { judge.identity }

    public func judge(_ question: JudgmentQuestion) async throws -> Judgment {
        let key = question.key(for: judge.identity)
        if let known = try await cache.judgment(for: key) { return known }
        let judgment = try await judge.judge(question)
        if judgment.isKnown { try await cache.keep(judgment, for: key) }
        return judgment
    }
}
