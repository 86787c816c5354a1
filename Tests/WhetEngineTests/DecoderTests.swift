import Testing
import WhetCore

@testable import WhetEngine

@Suite("Decoder")
struct DecoderTests {
    private func row(_ logits: UnsafeBufferPointer<Float>, _ index: Int, _ decoder: Decoder) -> [UInt32] {
        let vocabulary = decoder.configuration.vocabularySize
        return Array(logits[index * vocabulary..<(index + 1) * vocabulary]).bits
    }

    /// Prompts of many lengths, among them longer than a page and than a chunk of a prompt.
    private func prompts(_ count: Int, _ decoder: Decoder) -> [[Int32]] {
        var random = RandomStream(key: 11)
        return (0..<count).map { index in
            let length = index == 5 ? 300 : Int.random(in: 1...90, using: &random)
            return random.tokens(length, below: decoder.configuration.vocabularySize)
        }
    }

    @Test("one request alone and among 63 others gets the same bits, on any number of threads")
    func batchInvariance() throws {
        let model = Model(configuration: try .odd(), seed: 1)
        let alone = Decoder(model: model, threads: 1)
        let prompts = prompts(64, alone)
        for threads in [1, 2, 3] {
            let among = Decoder(model: model, threads: threads)
            let sequences = prompts.map { _ in among.open() }
            let first = among.step(Array(zip(sequences, prompts)))
            let firstRows = prompts.indices.map { row(first, $0, among) }
            let second = among.step(sequences.enumerated().map { ($1, [Int32($0 % 50)]) })
            let secondRows = prompts.indices.map { row(second, $0, among) }
            for index in prompts.indices {
                let sequence = alone.open()
                #expect(row(alone.step([(sequence, prompts[index])]), 0, alone) == firstRows[index])
                #expect(row(alone.step([(sequence, [Int32(index % 50)])]), 0, alone) == secondRows[index])
                alone.close(sequence)
            }
        }
        #expect(alone.cachedTokens == 0)
    }

    @Test("a prompt in chunks, whole, or token by token gives the same bits", arguments: [1, 2, 7, 64, 65, 150])
    func chunks(size: Int) throws {
        let decoder = Decoder(model: Model(configuration: try .odd(), seed: 1), threads: 2)
        var random = RandomStream(key: 3)
        let prompt = random.tokens(200, below: decoder.configuration.vocabularySize)
        let whole = row(decoder.step([(decoder.open(), prompt)]), 0, decoder)
        let sequence = decoder.open()
        var last: [UInt32] = []
        for start in stride(from: 0, to: prompt.count, by: size) {
            last = row(decoder.step([(sequence, Array(prompt[start..<min(prompt.count, start + size)]))]), 0, decoder)
        }
        #expect(last == whole)
        #expect(decoder.length(of: sequence) == prompt.count)
    }

    @Test(
        "a fork goes on as the whole prompt would, and leaves the other alone", arguments: [0, 1, 63, 64, 65, 128, 130])
    func fork(length: Int) throws {
        let decoder = Decoder(model: Model(configuration: try .odd(), seed: 1), threads: 2)
        var random = RandomStream(key: 3)
        let prompt = random.tokens(130, below: decoder.configuration.vocabularySize)
        let other = random.tokens(70, below: decoder.configuration.vocabularySize)
        let first = decoder.open()
        _ = decoder.step([(first, prompt)])
        let fork = decoder.fork(first, length: length)
        let forked = row(decoder.step([(fork, other)]), 0, decoder)
        let next = row(decoder.step([(first, [5])]), 0, decoder)
        #expect(forked == row(decoder.step([(decoder.open(), prompt[..<length] + other)]), 0, decoder))
        decoder.close(first)
        #expect(next == row(decoder.step([(decoder.open(), prompt + [5])]), 0, decoder))
        let again = row(decoder.step([(fork, [9])]), 0, decoder)
        #expect(again == row(decoder.step([(decoder.open(), prompt[..<length] + other + [9])]), 0, decoder))
    }

    @Test("the trainer's log-probabilities are those of the decoder, to the bit", arguments: [1, 0.7] as [Float])
    func agreesWithTrainer(temperature: Float) throws {
        let model = Model(configuration: try .odd(), seed: 1)
        let decoder = Decoder(model: model, threads: 2)
        var random = RandomStream(key: 9)
        let tokens = random.tokens(140, below: model.configuration.vocabularySize)
        let sequence = decoder.open()
        var sampled: [Float] = []
        for place in 1..<tokens.count {
            let logits = decoder.step([(sequence, [tokens[place - 1]])])
            let softmax = LogSoftmax(temperature: temperature)
            sampled.append(
                softmax.logProbability(of: tokens[place], logits, logNormalizer: softmax.logNormalizer(logits)))
        }
        let scored = ScoredSequence(tokens: tokens, places: Array(1..<tokens.count), temperature: temperature)
        Transformer(model: model, threads: 2, microBatchTokens: 64).score([scored]) { _, scores in
            #expect(scores.logProbabilities.bits == sampled.bits)
        }
    }

    @Test("other weights give other logits, the same weights the same")
    func replacement() throws {
        let model = Model(configuration: try .odd(), seed: 1)
        let other = Model(configuration: try .odd(), seed: 2)
        let decoder = Decoder(model: model, threads: 1)
        func logits() -> [UInt32] {
            let sequence = decoder.open()
            defer { decoder.close(sequence) }
            return row(decoder.step([(sequence, [1, 2, 3])]), 0, decoder)
        }
        let before = logits()
        decoder.replaceParameters(with: other)
        #expect(logits() != before)
        decoder.replaceParameters(with: model)
        #expect(logits() == before)
    }
}
