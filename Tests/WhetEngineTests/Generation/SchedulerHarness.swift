import Synchronization
import WhetCore

@testable import WhetEngine

/// A scheduler over a fake decoder, stepped by hand, with what it delivered.
final class SchedulerHarness {
    /// What came of one request.
    final class Result: Sendable {
        private let events = Mutex<[Submission.Event]>([])
        func take(_ event: Submission.Event) { events.withLock { $0.append(event) } }

        var sampled: [Int32] {
            events.withLock { $0.compactMap { if case .sampled(let token) = $0 { token.token } else { nil } } }
        }
        var output: GenerationEngine.Output? {
            events.withLock { $0.compactMap { if case .finished(let output) = $0 { output } else { nil } }.last }
        }
        var error: (any Error)? {
            events.withLock { $0.compactMap { if case .failed(let error) = $0 { error } else { nil } }.last }
        }
        var tokens: [Int32]? { output?.tokens.map(\.token) }
    }

    let decoder: FakeDecoder
    let scheduler: GenerationScheduler<FakeDecoder>

    /// - Parameter logits: of the next token, given all tokens so far; by default nearly flat, different everywhere.
    init(
        settings: GenerationEngine.Settings = .init(), context: Int = 1_000, endTokens: Set<Int32> = [],
        vocabulary: Int = 32, logits: (([Int32]) -> [Float])? = nil
    ) {
        decoder = FakeDecoder(vocabulary: vocabulary, logits: logits ?? SchedulerHarness.scrambled(vocabulary))
        scheduler = GenerationScheduler(
            session: decoder, settings: settings, version: .initial, context: context, endTokens: endTokens,
            bytes: { [UInt8(ascii: "a") &+ UInt8(truncatingIfNeeded: $0 % 26)] })
    }

    static func scrambled(_ vocabulary: Int) -> ([Int32]) -> [Float] {
        { tokens in
            let seed = tokens.reduce(UInt64(tokens.count)) { RandomStream.key(seed: $0, purpose: "", [Int($1)]) }
            var random = RandomStream(key: seed)
            return (0..<vocabulary).map { _ in Float(random.unit()) * 4 }
        }
    }

    @discardableResult
    func submit(
        _ requests: [GenerationEngine.Request], ticket: GenerationEngine.Ticket = .init(), streams: Bool = false
    ) -> [Result] {
        let results = requests.map { _ in Result() }
        let submissions = zip(requests, results).map { request, result in
            Submission(request: request, deliver: { result.take($0) }, streams: streams)
        }
        scheduler.submit(SubmittedBatch(ticket: ticket, submissions: submissions))
        return results
    }

    func submit(_ request: GenerationEngine.Request, streams: Bool = false) -> Result {
        submit([request], streams: streams)[0]
    }

    /// Steps until nothing is left to do.
    func drain(limit: Int = 10_000) {
        for _ in 0..<limit where scheduler.hasWork { scheduler.step() }
    }
}

extension GenerationEngine.Request {
    static func sample(
        _ id: String = "r", prompt: [Int32] = [1, 2, 3], tokens: Int = 8, seed: UInt64 = 7, temperature: Double = 1,
        stopStrings: [String] = [], stopTokens: [Int32] = []
    ) -> GenerationEngine.Request {
        GenerationEngine.Request(
            id: id, prompt: prompt,
            sampling: SamplingParameters(
                temperature: temperature, maximumNewTokens: tokens, stopStrings: stopStrings, stopTokens: stopTokens),
            seed: seed)
    }
}
