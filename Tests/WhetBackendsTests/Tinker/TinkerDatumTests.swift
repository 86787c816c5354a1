import Foundation
import Testing
import WhetAlgorithms
import WhetCore

@testable import WhetBackends

@Suite("Tinker data")
struct TinkerDatumTests {
    private let sequence = TrainingSequence(
        tokens: [1, 2, 3, 4, 5], mask: [false, false, true, true, false], advantages: [0, 0, 2, -1, 0],
        weights: [1, 1, 0.5, 1, 1], behaviorLogProbabilities: [0, .nan, -1.5, -2, 0])

    private func written(_ datum: TinkerDatum?) throws -> JSONValue {
        var text = TinkerText()
        try #require(datum).write(to: &text)
        return try JSONValue(parsing: text.bytes)
    }

    private func tensor(_ data: [JSONValue], _ type: String = "float32") -> JSONValue {
        ["data": .array(data), "dtype": .string(type), "shape": [.integer(data.count)]]
    }

    @Test("a sequence ends with its last trained token, and targets are one token on")
    func shifted() throws {
        let json = try written(TinkerDatum(trained: sequence))
        #expect(json["model_input"] == ["chunks": [["type": "encoded_text", "tokens": [1, 2, 3]]]])
        #expect(json["loss_fn_inputs"] == ["target_tokens": tensor([2, 3, 4], "int64")])
        let prompt = TrainingSequence(
            tokens: [1, 2], mask: [false, false], advantages: [0, 0], weights: [1, 1], behaviorLogProbabilities: [0, 0])
        #expect(TinkerDatum(trained: prompt) == nil)
    }

    @Test("under a policy loss, share and importance weight go with the advantage")
    func policyLoss() throws {
        let datum = TinkerDatum(sequence, under: .importanceSampling, shares: [0.25, 0.25], usesAdvantages: true)
        let json = try written(datum)
        #expect(json["loss_fn_inputs"]?["weights"] == tensor([0.0, 1.0, 1.0]))
        #expect(json["loss_fn_inputs"]?["advantages"] == tensor([0.0, 0.25, -0.25]))
        #expect(json["loss_fn_inputs"]?["logprobs"] == tensor([0.0, -1.5, -2.0]))
        #expect(
            TinkerDatum(sequence, under: .importanceSampling, shares: [-1, 1], usesAdvantages: true) == nil)
    }

    @Test("slopes go as weights, or as advantages where weights are divided away")
    func slopes() throws {
        let scored: [Float] = [-9, -1, -2]
        let documented = try written(
            TinkerDatum(sequence, slopes: [0.5, -0.25], scored: scored, for: TinkerTraits()))
        #expect(documented["loss_fn_inputs"]?["weights"] == tensor([0.0, -0.5, 0.25]))
        #expect(documented["loss_fn_inputs"]?["advantages"] == nil)
        let divided = try written(
            TinkerDatum(
                sequence, slopes: [0.5, -0.25], scored: scored, for: TinkerTraits(dividesByWeights: true)))
        #expect(divided["loss_fn_inputs"]?["weights"] == tensor([0.0, 1.0, 1.0]))
        #expect(divided["loss_fn_inputs"]?["advantages"] == tensor([0.0, -1.0, 0.5]))
        #expect(divided["loss_fn_inputs"]?["logprobs"] == tensor([-9.0, -1.0, -2.0]))
    }

    @Test("numbers read back as the same floats")
    func floats() throws {
        var random = RandomStream(seed: 1, purpose: "tinker floats")
        let numbers = (0..<1000).map { _ in Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &random)) }
            .filter(\.isFinite)
            + [0, -0.0, 1, -1, 0.1, 999_999, 1e6, 1e-45, 1.17549435e-38, .greatestFiniteMagnitude, 9.99999999e9, 0.5]
        var datum = TinkerDatum([Int32](repeating: 1, count: numbers.count + 1)[...])
        datum.weights = numbers
        let read = try #require(try written(datum)["loss_fn_inputs"]?["weights"]?["data"]?.array)
        #expect(read.compactMap(\.double).map(Float.init) == numbers)
        datum.weights?[0] = .infinity
        #expect(!datum.isFinite)
    }

    @Test("data are cut into requests of bounded size, in order", arguments: [1, 7, 100, 1_000_000])
    func requests(limit: Int) {
        let data = (2...40).map { TinkerDatum([Int32](repeating: 0, count: $0)[...]) }
        let requests = TinkerDatum.requests(data, limit: limit)
        #expect(requests.flatMap(\.self).map(\.count) == data.map(\.count))
        #expect(requests.allSatisfy { $0.count == 1 || $0.reduce(0) { $0 + $1.count } <= limit })
        #expect(TinkerDatum.requests([], limit: limit).isEmpty)
        let many = [TinkerDatum](repeating: data[0], count: 3000)
        #expect(TinkerDatum.requests(many, limit: .max).map(\.count) == [1024, 1024, 952])
    }

    /// A million tokens, for docs/tinker.md.
    @Test(
        "a million tokens are written", .enabled(if: ProcessInfo.processInfo.environment["WHET_BENCHMARK"] != nil),
        arguments: [false, true])
    func million(byAdvantages: Bool) {
        var random = RandomStream(seed: 1, purpose: "tinker benchmark")
        let data = (0..<1000).map { _ in
            var datum = TinkerDatum((0...1000).map { _ in Int32.random(in: 0..<150_000, using: &random) }[...])
            let numbers = (0..<1000).map { _ in Float.random(in: -2...0, using: &random) }
            if byAdvantages {
                datum.weights = numbers.map { _ in 1 }
                datum.advantages = [Float](repeating: numbers[0], count: 1000)
                datum.logProbabilities = numbers
            } else {
                datum.weights = numbers
            }
            return datum
        }
        // Of a core's time, because others may use it too.
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
        }
        var times: [Double] = []
        var bytes = 0
        for _ in 0..<7 {
            let began = now()
            bytes = 0
            for request in TinkerDatum.requests(data, limit: 32_768) {
                var text = TinkerText(capacity: 1 << 21)
                for datum in request { datum.write(to: &text) }
                bytes += text.bytes.count
            }
            times.append(now() - began)
        }
        print("a million tokens, by \(byAdvantages ? "advantages" : "weights"): \(times.sorted()[3]) ms, \(bytes) bytes")
    }
}
