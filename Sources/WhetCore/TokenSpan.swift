/// A run of tokens with one origin and, if the policy sampled it, one policy version.
public struct TokenSpan: Hashable, Sendable {
    /// What the policy sampled under, and what was reported of it.
    public struct Policy: Hashable, Sendable {
        /// Of each token, under `sampling`. `[tokens]`
        public var behaviorLogProbabilities: [Float]
        /// Which weights sampled all of the span.
        public var version: PolicyVersion
        /// How they were sampled; without it the log-probabilities mean nothing.
        public var sampling: SamplingParameters
        /// The request that the span came from, and the server that answered it.
        public var requestID: String
        /// The server that answered, by its name.
        public var server: String

        public init(
            behaviorLogProbabilities: [Float], version: PolicyVersion, sampling: SamplingParameters,
            requestID: String, server: String
        ) {
            self.behaviorLogProbabilities = behaviorLogProbabilities
            self.version = version
            self.sampling = sampling
            self.requestID = requestID
            self.server = server
        }
    }

    /// Where the tokens of a span come from.
    public enum Origin: Hashable, Sendable {
        case prompt
        case policy(Policy)
        /// What the environment said after a policy turn, template included.
        case environment
    }

    public let origin: Origin
    /// `[tokens]`
    public let tokens: [Int32]

    public init(_ origin: Origin, tokens: [Int32]) {
        self.origin = origin
        self.tokens = tokens
    }

    /// What the policy sampled under; nil for any other origin.
    public var policy: Policy? {
        if case .policy(let policy) = origin { policy } else { nil }
    }
}

/// The tokens of a rollout in the order in which they were read or sampled.
///
/// Keeps: one prompt, first; every policy token has a finite log-probability of at most 0; `append` is the only way in.
public struct TokenTrajectory: Hashable, Sendable {
    /// In their order; none is empty.
    public private(set) var spans: [TokenSpan] = []

    /// Nothing yet.
    public init() {}

    /// - Throws: `WhetError` when the span would break what this type keeps.
    public mutating func append(_ span: TokenSpan) throws {
        switch span.origin {
        case .prompt:
            guard spans.isEmpty else { throw WhetError("a rollout has a second prompt") }
        case .environment:
            guard !spans.isEmpty else {
                throw WhetError("a rollout starts with the environment's reply, not with a prompt")
            }
        case .policy(let policy):
            guard !spans.isEmpty else { throw WhetError("a rollout starts with policy tokens, not with a prompt") }
            let count = policy.behaviorLogProbabilities.count
            guard count == span.tokens.count else {
                throw WhetError(
                    "a server gave \(span.tokens.count) tokens and \(count) log-probabilities", at: policy.requestID)
            }
            if let wrong = policy.behaviorLogProbabilities.firstIndex(where: { !($0 <= 0 && $0.isFinite) }) {
                throw WhetError(
                    "a server gave the log-probability \(policy.behaviorLogProbabilities[wrong]) for token \(wrong)",
                    at: policy.requestID, expected: "a finite number of at most 0")
            }
        }
        if let wrong = span.tokens.first(where: { $0 < 0 }) { throw WhetError("\(wrong) is no token id") }
        if !span.tokens.isEmpty { spans.append(span) }
    }

    /// All token ids. `[tokens]`
    public var tokens: [Int32] { spans.flatMap(\.tokens) }

    /// How many tokens there are, whoever they are of.
    public var count: Int { spans.reduce(0) { $0 + $1.tokens.count } }

    /// How many tokens the policy sampled.
    public var policyTokenCount: Int { spans.reduce(0) { $0 + ($1.policy == nil ? 0 : $1.tokens.count) } }

    /// One flag a token: true where the policy chose it. `[tokens]`
    public var policyMask: [Bool] { spans.flatMap { Array(repeating: $0.policy != nil, count: $0.tokens.count) } }

    /// One number a token, 0 where the policy chose nothing. `[tokens]`
    public var behaviorLogProbabilities: [Float] {
        spans.flatMap { $0.policy?.behaviorLogProbabilities ?? Array(repeating: 0, count: $0.tokens.count) }
    }
}
