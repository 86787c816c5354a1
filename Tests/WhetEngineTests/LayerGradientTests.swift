import CWhetKernels
import Foundation
import Testing

@testable import WhetEngine

/// Each layer's backward pass against finite differences of a plain forward pass in double precision, which the layer's
/// own forward pass has to equal.
@Suite("Layers")
struct LayerGradientTests {
    /// Slopes of `loss` at `x`, by central differences.
    static func slopes(of x: [Double], _ loss: ([Double]) -> Double) -> [Double] {
        x.indices.map { index in
            var up = x
            var down = x
            up[index] += 1e-5
            down[index] -= 1e-5
            return (loss(up) - loss(down)) / 2e-5
        }
    }

    static func expectEqual(_ ours: [Float], _ theirs: [Double], within tolerance: Double = 2e-4, _ what: String) {
        #expect(ours.count == theirs.count)
        for (index, (mine, its)) in zip(ours, theirs).enumerated() {
            #expect(abs(Double(mine) - its) < tolerance * max(1, abs(its)), "\(what)[\(index)]")
        }
    }

    @Test("RMSNorm", arguments: [8, 16, 28, 64])
    func rmsNorm(width: Int) {
        var random = SplitMix64(seed: UInt64(width))
        let rows = 3
        let x = random.floats(rows * width)
        let weight = random.floats(width)
        let dy = random.floats(rows * width)
        let norm = RMSNorm(width: width, epsilon: 1e-6)
        func reference(_ x: [Double], _ weight: [Double]) -> [Double] {
            (0..<rows).flatMap { Reference.rmsNorm(Array(x[$0 * width..<($0 + 1) * width]), weight, epsilon: 1e-6) }
        }
        var y = [Float](repeating: 0, count: rows * width)
        norm.forward(rows: rows, x: x, weight: weight, y: &y)
        Self.expectEqual(y, reference(x.doubles, weight.doubles), within: 1e-5, "y")

        var dx = [Float](repeating: 0, count: rows * width)
        var dWeight = [Float](repeating: 0, count: width)
        norm.backward(rows: rows, dy: dy, x: x, weight: weight, dx: &dx, dWeight: &dWeight)
        Self.expectEqual(dx, Self.slopes(of: x.doubles) { dot(reference($0, weight.doubles), dy.doubles) }, "dx")
        Self.expectEqual(
            dWeight, Self.slopes(of: weight.doubles) { dot(reference(x.doubles, $0), dy.doubles) }, "dWeight")
    }

    @Test("SwiGLU", arguments: [5, 16, 41])
    func swiGLU(width: Int) {
        var random = SplitMix64(seed: UInt64(width))
        let rows = 2
        var gateUp = random.floats(rows * 2 * width, in: -4...4)
        let dh = random.floats(rows * width)
        let original = gateUp.doubles
        func reference(_ x: [Double]) -> [Double] {
            (0..<rows).flatMap { Reference.swiGLU(Array(x[$0 * 2 * width..<($0 + 1) * 2 * width])) }
        }
        var h = [Float](repeating: 0, count: rows * width)
        var again = h
        SwiGLU(width: width).forward(rows: rows, gateUp: gateUp, h: &h)
        Self.expectEqual(h, reference(original), within: 1e-5, "h")
        SwiGLU(width: width).backward(rows: rows, gateUp: &gateUp, dh: dh, h: &again)
        #expect(again.bits == h.bits)
        Self.expectEqual(gateUp, Self.slopes(of: original) { dot(reference($0), dh.doubles) }, "dgateUp")
    }

    @Test("query and key heads", arguments: [(8, true), (16, true), (32, false), (10, true)])
    func heads(width: Int, normalizes: Bool) throws {
        var random = SplitMix64(seed: UInt64(width))
        let rows = 5
        var configuration = try ModelConfiguration.odd()
        configuration.headSize = width
        let heads = AttentionHeads(configuration)
        let table = RotaryTable(configuration)
        table.reserve(rows)
        defer { withExtendedLifetime(table) {} }
        let x = random.floats(rows * width)
        let weight = random.floats(width)
        var dout = random.floats(rows * heads.padded)
        let slope = (0..<rows).flatMap { dout[$0 * heads.padded..<$0 * heads.padded + width] }
        func reference(_ x: [Double], _ weight: [Double]) -> [Double] {
            (0..<rows).flatMap { row in
                let head = Array(x[row * width..<(row + 1) * width])
                let normed = normalizes ? Reference.rmsNorm(head, weight, epsilon: 1e-6) : head
                return Reference.rotated(normed, position: row, theta: configuration.rope.theta).map { $0 * 0.5 }
            }
        }
        var out = [Float](repeating: 0, count: rows * heads.padded)
        var dx = [Float](repeating: 0, count: rows * width)
        var dWeight = [Float](repeating: 0, count: width)
        weight.withUnsafeBufferPointer { weight in
            let pointer = normalizes ? weight.baseAddress : nil
            heads.forward(
                rows: rows, x: x, stride: width, weight: pointer, table: table.angles, position: 0, scale: 0.5,
                out: &out)
            heads.backward(
                rows: rows, dout: &dout, x: x, stride: width, weight: pointer, table: table.angles, scale: 0.5, dx: &dx,
                dWeight: &dWeight)
        }
        let compact = (0..<rows).flatMap { out[$0 * heads.padded..<$0 * heads.padded + width] }
        Self.expectEqual(compact, reference(x.doubles, weight.doubles), within: 1e-5, "out")
        Self.expectEqual(dx, Self.slopes(of: x.doubles) { dot(reference($0, weight.doubles), slope.doubles) }, "dx")
        if normalizes {
            Self.expectEqual(
                dWeight, Self.slopes(of: weight.doubles) { dot(reference(x.doubles, $0), slope.doubles) }, "dWeight")
        }
    }

    /// Lengths on both sides of a page and of four rows; the projections of one layer of a whole configuration.
    @Test("attention of a sequence", arguments: [1, 2, 5, 17, 66])
    func attention(length: Int) throws {
        let configuration = try ModelConfiguration.odd(.llama)
        let weights = Weights(Model(configuration: configuration, seed: 1), precision: .fp32)
        let table = RotaryTable(configuration)
        table.reserve(length)
        defer { withExtendedLifetime(table) {} }
        var random = SplitMix64(seed: UInt64(length))
        let width = configuration.headSize
        let stride = configuration.projectedSize
        let projected = random.floats(length * stride)
        let dAttended = random.floats(length * configuration.querySize)
        let attention = SequenceAttention(weights, layer: 0, table: table.angles)
        let scratch = AttentionScratch(width: width, length: length)

        func reference(_ projected: [Double]) -> [Double] {
            func head(_ row: Int, _ column: Int, rotated: Bool = true) -> [Double] {
                let x = Array(projected[row * stride + column..<row * stride + column + width])
                return rotated ? Reference.rotated(x, position: row, theta: configuration.rope.theta) : x
            }
            var out = [Double](repeating: 0, count: length * configuration.querySize)
            for query in 0..<configuration.heads {
                let key = configuration.querySize + query / configuration.group * width
                for row in 0..<length {
                    let q = head(row, query * width)
                    let scores = (0...row).map { dot(q, head($0, key)) / Double(width).squareRoot() }
                    let p = Reference.softmax(scores)
                    for place in 0...row {
                        let value = head(place, key + configuration.keyValueSize, rotated: false)
                        for d in 0..<width {
                            out[row * configuration.querySize + query * width + d] += p[place] * value[d]
                        }
                    }
                }
            }
            return out
        }

        var attended = [Float](repeating: 0, count: length * configuration.querySize)
        var logSums = [Float](repeating: 0, count: configuration.heads * length)
        var dProjected = [Float](repeating: .nan, count: projected.count)
        var unused = [Float](repeating: 0, count: 2 * width)
        for head in 0..<configuration.keyValueHeads {
            attention.forward(
                tokens: 0..<length, of: length, head: head, projected: projected, attended: &attended,
                logSums: &logSums,
                scratch: scratch)
            unused.withUnsafeMutableBufferPointer { unused in
                attention.backward(
                    tokens: 0..<length, of: length, head: head, projected: projected, attended: attended,
                    logSums: logSums, dAttended: dAttended, dProjected: &dProjected, dQueryNorm: unused.baseAddress!,
                    dKeyNorm: unused.baseAddress! + width, scratch: scratch)
            }
        }
        Self.expectEqual(attended, reference(projected.doubles), within: 1e-5, "attended")
        // Finite differences of every element are slow: a direction at a time, each a random one.
        for _ in 0..<4 {
            let direction = random.floats(projected.count).doubles
            func along(_ step: Double) -> Double {
                dot(reference(zip(projected.doubles, direction).map { $0 + step * $1 }), dAttended.doubles)
            }
            let slope = (along(1e-5) - along(-1e-5)) / 2e-5
            #expect(abs(dot(dProjected.doubles, direction) - slope) < 1e-3 * max(1, abs(slope)))
        }
    }

    @Test("log-softmax, entropy and their slopes", arguments: [(5, 1.0), (16, 0.7), (53, 2.0), (640, 1.3)])
    func logSoftmax(vocabulary: Int, temperature: Double) {
        var random = SplitMix64(seed: UInt64(vocabulary))
        var logits = random.floats(vocabulary, in: -6...6)
        let original = logits.doubles
        let target = vocabulary / 3
        let slope = 1.7
        let entropySlope = -0.4
        func reference(_ logits: [Double]) -> (logProbability: Double, entropy: Double) {
            let p = Reference.softmax(logits.map { $0 / temperature })
            return (log(p[target]), -p.reduce(0) { $0 + $1 * log($1) })
        }
        let inverse = 1 / Float(temperature)
        let normalizer = whet_log_sum_exp(vocabulary, logits, inverse)
        let entropy = whet_entropy(vocabulary, logits, inverse, normalizer)
        let expected = reference(original)
        #expect(abs(Double(logits[target] * inverse - normalizer) - expected.logProbability) < 1e-5)
        #expect(abs(Double(entropy) - expected.entropy) < 1e-5)
        whet_cross_entropy_backward(
            vocabulary, &logits, inverse, normalizer, entropy, target, Float(slope), Float(entropySlope))
        Self.expectEqual(
            logits,
            Self.slopes(of: original) { slope * reference($0).logProbability + entropySlope * reference($0).entropy },
            "dlogits")
    }
}
