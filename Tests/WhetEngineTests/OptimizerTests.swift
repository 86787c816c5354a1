import Foundation
import Testing
import WhetBackends
import WhetCore

@testable import WhetEngine

@Suite("Optimizer")
struct OptimizerTests {
    /// The formulas of the paper, with PyTorch's order, in double precision.
    @Test("AdamW makes PyTorch's steps", arguments: [0, 0.1])
    func adamW(decay: Double) throws {
        let configuration = try ModelConfiguration.odd(.qwen2)
        let layout = ParameterLayout(configuration)
        let settings = AdamW.Settings(beta1: 0.9, beta2: 0.95, weightDecay: Float(decay), clipNorm: 1)
        let optimizer = AdamW(layout: layout, settings: settings)
        let workers = Workers(threads: 2)
        let values = FloatBuffer(layout.count)
        let gradients = FloatBuffer(layout.count)
        var random = RandomStream(key: 1)
        for place in 0..<layout.count { values.pointer[place] = .random(in: -1...1, using: &random) }
        var p = (0..<layout.count).map { Double(values.pointer[$0]) }
        var m = [Double](repeating: 0, count: p.count)
        var v = m
        let decays = layout.tensors.flatMap { tensor in tensor.range.map { _ in tensor.role == .matrix } }
        for step in 1...4 {
            for place in 0..<layout.count { gradients.pointer[place] = .random(in: -0.1...0.1, using: &random) }
            let g = (0..<layout.count).map { Double(gradients.pointer[$0]) }
            let norm = optimizer.norm(of: gradients, workers: workers)
            #expect(abs(norm - dot(g, g).squareRoot()) < 1e-9 * norm)
            optimizer.update(values: values, gradients: gradients, norm: norm, learningRate: 0.01, workers: workers)
            let scale = min(1, 1 / (norm + 1e-6))
            for place in p.indices {
                let slope = g[place] * scale
                if decays[place] { p[place] *= 1 - 0.01 * decay }
                m[place] = 0.9 * m[place] + 0.1 * slope
                v[place] = 0.95 * v[place] + 0.05 * slope * slope
                let first = m[place] / (1 - pow(0.9, Double(step)))
                let second = v[place] / (1 - pow(0.95, Double(step)))
                p[place] -= 0.01 * first / (second.squareRoot() + 1e-8)
                #expect(abs(Double(values.pointer[place]) - p[place]) < 1e-5)
            }
        }
    }

    @Test("schedules go up, then hold or fall")
    func schedules() {
        let constant = LearningRateSchedule(peak: 2, warmupSteps: 4)
        #expect((0..<6).map { constant.rate(at: $0) } == [0.5, 1, 1.5, 2, 2, 2])
        let linear = LearningRateSchedule(peak: 1, shape: .linear, warmupSteps: 2, totalSteps: 6)
        #expect((0..<8).map { linear.rate(at: $0) } == [0.5, 1, 1, 0.75, 0.5, 0.25, 0, 0])
        let cosine = LearningRateSchedule(peak: 1, shape: .cosine, totalSteps: 4, finalShare: 0.1)
        #expect(cosine.rate(at: 0) == 1)
        #expect(abs(cosine.rate(at: 2) - 0.55) < 1e-12)
        #expect(abs(cosine.rate(at: 4) - 0.1) < 1e-12 && abs(cosine.rate(at: 400) - 0.1) < 1e-12)
    }
}
