import WhetCore

/// A request that the scheduler has taken, with what has been sampled so far.
final class RunningGeneration<Session: DecodingSession> {
    let submission: Submission
    let ticket: GenerationEngine.Ticket
    let sampler: Sampler
    /// How many tokens may be sampled: the request's budget, or what its prompt leaves of the context.
    let budget: Int
    private var stops: StopWatcher
    private(set) var output: [SampledToken] = []

    /// Nil until the generation runs.
    var sequence: Session.Sequence?
    /// How many tokens of the prompt are in the cache.
    var cachedPrompt = 0
    /// How many of them came from another's cache.
    var sharedPrompt = 0
    /// Whose cache holds, or will hold, the beginning of the prompt; there is nothing to do until it does.
    var leader: (generation: RunningGeneration, length: Int)?

    var request: GenerationEngine.Request { submission.request }
    /// Neither running nor following: it is waiting still, or it has ended.
    var hasEnded: Bool { sequence == nil && leader == nil }
    /// How many tokens the cache may come to hold.
    var reservation: Int { request.prompt.count + budget }
    var hasReadPrompt: Bool { cachedPrompt == request.prompt.count }

    init(
        _ submission: Submission, ticket: GenerationEngine.Ticket, context: Int, endTokens: Set<Int32>,
        bytes: @escaping GenerationEngine.TokenBytes
    ) {
        self.submission = submission
        self.ticket = ticket
        let request = submission.request
        sampler = Sampler(
            parameters: request.sampling, seed: request.seed, likeliest: request.topLogProbabilities)
        budget = max(0, min(request.sampling.maximumNewTokens, context - request.prompt.count))
        stops = StopWatcher(
            tokens: endTokens.filter { _ in !request.ignoresEndTokens }.union(request.sampling.stopTokens),
            strings: request.sampling.stopStrings, bytes: bytes)
        output.reserveCapacity(min(budget, 256))
    }

    /// What a decoding step reads.
    var lastToken: Int32 { output.last?.token ?? request.prompt[request.prompt.count - 1] }

    /// How many tokens of `prompt` this generation's own tokens begin with.
    func commonPrefix(with prompt: [Int32]) -> Int {
        let own = request.prompt
        let read = own.commonPrefix(with: prompt)
        guard read == own.count else { return read }
        var length = read
        for sampled in output {
            guard length < prompt.count, prompt[length] == sampled.token else { break }
            length += 1
        }
        return length
    }

    /// Samples the next token and passes it on.
    ///
    /// - Returns: how the generation ended, if it did.
    func advance(
        _ logits: UnsafeBufferPointer<Float>, ranking: inout TokenRanking
    ) throws(WhetError) -> (finish: FinishReason, stop: GenerationEngine.Stop?)? {
        let token = try sampler.sample(logits, at: request.prompt.count + output.count, ranking: &ranking)
        output.append(token)
        if submission.streams { submission.deliver(.sampled(token)) }
        if let stop = stops.take(token.token) { return (.stop, stop) }
        return output.count >= budget ? (.length, nil) : nil
    }
}

extension [Int32] {
    /// How many elements two arrays have in common before they differ.
    func commonPrefix(with other: [Int32]) -> Int {
        withUnsafeBufferPointer { left in
            other.withUnsafeBufferPointer { right in
                let shorter = Swift.min(left.count, right.count)
                var length = 0
                while length < shorter, left[length] == right[length] { length += 1 }
                return length
            }
        }
    }
}
