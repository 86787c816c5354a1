import Testing
import WhetCore

@testable import WhetEngine

@Suite("bf16", .enabled(if: Precision.bf16.isAvailable, "needs oneDNN and AVX-512"))
struct PrecisionTests {
    @Test("products are those of rounded factors", arguments: [(5, 40, 24), (16, 53, 28), (37, 96, 128)])
    func products(rows: Int, outputs: Int, inputs: Int) {
        var random = RandomStream(key: 1)
        let x = random.floats(rows * inputs)
        let w = random.floats(outputs * inputs)
        func rounded(_ value: Float) -> Double {
            Double(Float(bitPattern: (value.bitPattern + 0x7FFF + (value.bitPattern >> 16 & 1)) & 0xFFFF_0000))
        }
        var words = [UInt16](repeating: 0, count: w.count)
        var y = [Float](repeating: 1, count: rows * outputs)
        w.withUnsafeBufferPointer { w in
            words.withUnsafeMutableBufferPointer { words in
                let weight = PackedMatrix(
                    matrix: w.baseAddress!, panels: nil, rounded: words.baseAddress!, outputs: outputs, inputs: inputs)
                weight.pack()
                MatrixProducts(precision: .bf16).forward(rows: rows, x: x, weight: weight, y: &y, accumulate: true)
            }
        }
        for row in 0..<rows {
            for output in 0..<outputs {
                let sum = (0..<inputs).reduce(1.0) {
                    $0 + rounded(x[row * inputs + $1]) * rounded(w[output * inputs + $1])
                }
                #expect(abs(Double(y[row * outputs + output]) - sum) < 1e-4)
            }
        }
    }

    @Test("decoder and trainer agree with each other to the bit, and with fp32 roughly")
    func agreement() throws {
        let fixture = try #require(try ModelFixture.all().first { $0.directory.lastPathComponent == "llama" })
        let model = try fixture.model
        let tokens = fixture.reference.forward.inputIDs[0]
        let decoder = Decoder(model: model, threads: 2, precision: .bf16)
        let sequence = decoder.open()
        var decoded: [Float] = []
        for place in 1..<tokens.count {
            let logits = decoder.step([(sequence, [tokens[place - 1]])])
            let softmax = LogSoftmax(temperature: 1)
            decoded.append(
                softmax.logProbability(of: tokens[place], logits, logNormalizer: softmax.logNormalizer(logits)))
        }
        let transformer = Transformer(model: model, threads: 2, microBatchTokens: 4096, precision: .bf16)
        transformer.score([fixture.sequences[0]]) { _, scores in
            #expect(scores.logProbabilities.bits == decoded.bits)
            for (ours, theirs) in zip(decoded, fixture.reference.forward.nextTokenLogProbabilities[0]) {
                #expect(abs(Double(ours) - theirs) < 0.05)
                #expect(Double(ours) != theirs)
            }
        }
    }

    @Test("gradients are near those of fp32")
    func gradients() throws {
        let model = Model(configuration: try .odd(), seed: 3)
        let sequences = TransformerTests.sequences(6, vocabulary: 53, seed: 5)
        func gradient(_ precision: Precision) -> [Double] {
            let transformer = Transformer(model: model, threads: 2, microBatchTokens: 4096, precision: precision)
            transformer.train(sequences) { _, scores in TransformerTests.loss(scores).slopes }
            return transformer.gradients.array
                .doubles
        }
        let exact = gradient(.fp32)
        let rounded = gradient(.bf16)
        let cosine = dot(exact, rounded) / (dot(exact, exact) * dot(rounded, rounded)).squareRoot()
        #expect(cosine > 0.999 && cosine < 1 - 1e-9)
    }
}
