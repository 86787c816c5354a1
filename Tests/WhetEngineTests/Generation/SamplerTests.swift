import Foundation
import Testing
import WhetCore

@testable import WhetEngine

@Suite("Sampler")
struct SamplerTests {
    func sampler(_ parameters: SamplingParameters, seed: UInt64 = 1, likeliest: Int = 0) -> Sampler {
        Sampler(parameters: parameters, seed: seed, likeliest: likeliest)
    }

    func draw(_ parameters: SamplingParameters, _ logits: [Float], place: Int, seed: UInt64 = 1) throws -> SampledToken
    {
        var ranking = TokenRanking()
        return try logits.withUnsafeBufferPointer {
            try sampler(parameters, seed: seed).sample($0, at: place, ranking: &ranking)
        }
    }

    /// How often each token was drawn, in shares.
    func shares(_ parameters: SamplingParameters, _ logits: [Float], draws: Int = 20_000) throws -> [Double] {
        var counts = [Int](repeating: 0, count: logits.count)
        for place in 0..<draws { counts[Int(try draw(parameters, logits, place: place).token)] += 1 }
        return counts.map { Double($0) / Double(draws) }
    }

    func softmax(_ logits: [Float], temperature: Double = 1) -> [Double] {
        let powers = logits.map { exp(Double($0) / temperature) }
        return powers.map { $0 / powers.reduce(0, +) }
    }

    /// Every share within four standard errors of what was expected.
    func expect(_ shares: [Double], near expected: [Double], draws: Int = 20_000) {
        for (share, expected) in zip(shares, expected) {
            let error = (expected * (1 - expected) / Double(draws)).squareRoot()
            #expect(abs(share - expected) <= 4 * error + 1e-12)
        }
    }

    let logits: [Float] = [0.5, 2, -1, 1.5, 0, -3, 1.5]

    @Test("draws follow softmax(logits / temperature)", arguments: [0.3, 1, 2.5])
    func distribution(temperature: Double) throws {
        let parameters = SamplingParameters(temperature: temperature)
        expect(try shares(parameters, logits), near: softmax(logits, temperature: temperature))
    }

    @Test("what is reported is the log-probability over the whole vocabulary, whatever was cut")
    func logProbability() throws {
        let expected = softmax(logits, temperature: 0.7).map { log($0) }
        for parameters in [
            SamplingParameters(temperature: 0.7), SamplingParameters(temperature: 0.7, topK: 2),
            SamplingParameters(temperature: 0.7, topP: 0.5),
        ] {
            for place in 0..<50 {
                let choice = try draw(parameters, logits, place: place)
                #expect(abs(Double(choice.logProbability) - expected[Int(choice.token)]) < 1e-5)
            }
        }
    }

    @Test("top-k draws from the k likeliest; of equal ones the lower id stays")
    func topK() throws {
        let drawn = try shares(SamplingParameters(topK: 2), logits)
        let (a, b) = (exp(2.0), exp(1.5))
        expect(drawn, near: [0, a / (a + b), 0, b / (a + b), 0, 0, 0])
        #expect(try shares(SamplingParameters(topK: 1), logits, draws: 200)[1] == 1)
        #expect(try shares(SamplingParameters(topK: 99), logits) == shares(SamplingParameters(), logits))
    }

    @Test("top-p draws from the smallest set that reaches p")
    func topP() throws {
        let probabilities = softmax(logits)
        let drawn = try shares(SamplingParameters(topP: 0.6), logits)
        let kept = probabilities[1] + probabilities[3]
        #expect(kept >= 0.6 && probabilities[1] < 0.6)
        expect(drawn, near: [0, probabilities[1] / kept, 0, probabilities[3] / kept, 0, 0, 0])
        #expect(try shares(SamplingParameters(topP: 1e-9), logits, draws: 200)[1] == 1)
    }

    @Test("top-p takes its share of what top-k leaves")
    func topKThenTopP() throws {
        // The two likeliest hold 62 % and 38 % of what top-k leaves, so half of it is the first alone.
        #expect(try shares(SamplingParameters(topP: 0.5, topK: 2), logits, draws: 500)[1] == 1)
        let both = try shares(SamplingParameters(topP: 0.7, topK: 2), logits)
        #expect(both[1] > 0 && both[3] > 0 && both[6] == 0)
    }

    @Test("the cut is that of a full sort", arguments: 0..<200 as Range<UInt64>)
    func cutAgreesWithSorting(seed: UInt64) throws {
        var random = RandomStream(seed: seed, purpose: "cut")
        let count = Int.random(in: 1...300, using: &random)
        // Few different values, so that there are many ties.
        let logits = (0..<count).map { _ in
            Float(Int.random(in: 0...(seed % 2 == 0 ? 8 : 10_000), using: &random)) / 1_000
        }
        let probabilities = softmax(logits)
        let sorted = (0..<count).sorted { (logits[$0], $1) > (logits[$1], $0) }
        let target = random.unit()
        var sum = 0.0
        let expected = sorted.prefix { token in
            defer { sum += probabilities[token] }
            return sum < target
        }
        var ranking = TokenRanking()
        logits.withUnsafeBufferPointer { logits in
            ranking.reset(count: count)
            let (kept, cut) = ranking.cut(logits, candidates: count, reaching: target) { probabilities[Int($0)] }
            #expect(kept == expected.count)
            #expect(Int(cut.token) == expected.last)
            #expect(ranking.top(5, of: logits) == sorted.prefix(5).map { Int32($0) })
        }
    }

    @Test("greedy takes the likeliest, of equal ones the lower id, and reports it at temperature 1")
    func greedy() throws {
        let choice = try draw(SamplingParameters(temperature: 0), [1, 3, 3, 2], place: 0)
        #expect(choice.token == 1)
        #expect(abs(Double(choice.logProbability) - log(softmax([1, 3, 3, 2])[1])) < 1e-6)
    }

    @Test("a draw depends on the seed and the place, and on nothing drawn before")
    func seeds() throws {
        let flat = [Float](repeating: 0, count: 1_000)
        let first = try (0..<50).map { try draw(.init(), flat, place: $0).token }
        #expect(try (0..<50).reversed().map { try draw(.init(), flat, place: $0).token } == first.reversed())
        #expect(try (0..<50).map { try draw(.init(), flat, place: $0, seed: 2).token } != first)
        #expect(Set(first).count > 40)
    }

    @Test("tokens without probability are never drawn")
    func impossibleTokens() throws {
        let logits: [Float] = [-.infinity, 0, -.infinity, 0, -.infinity]
        expect(try shares(.init(), logits, draws: 2_000), near: [0, 0.5, 0, 0.5, 0], draws: 2_000)
        #expect(try draw(SamplingParameters(topP: 0.99, topK: 4), logits, place: 3).token % 2 == 1)
    }

    @Test("one certain token has log-probability 0")
    func certainty() throws {
        #expect(
            try draw(.init(), [-200, 100, -200], place: 0) == SampledToken(token: 1, logProbability: 0, likeliest: []))
    }

    @Test("a diverged model is an error, not a token", arguments: [Float.nan, .infinity])
    func divergence(value: Float) {
        #expect(throws: WhetError.self) { try draw(.init(), [0, value, 1], place: 0) }
        #expect(throws: WhetError.self) { try draw(.init(temperature: 0), [-.infinity, -.infinity], place: 0) }
    }

    @Test("the likeliest tokens come in order")
    func likeliest() throws {
        var ranking = TokenRanking()
        let choice = try logits.withUnsafeBufferPointer {
            try sampler(.init(), likeliest: 3).sample($0, at: 0, ranking: &ranking)
        }
        #expect(choice.likeliest.map(\.token) == [1, 3, 6])
        for entry in choice.likeliest {
            #expect(abs(Double(entry.logProbability) - log(softmax(logits)[Int(entry.token)])) < 1e-5)
        }
    }
}
