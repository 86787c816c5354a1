import Foundation
import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// What an `asample` asks for, and its answer.
struct SamplingCall: Sendable {
    private let prompt: [Int32]
    private let samples: Int
    private let sampling: SamplingParameters
    private let seed: UInt64
    private let reportsPrompt: Bool
    private let topOfPrompt: Int

    /// - Throws: `RequestProblem` that names what is wrong.
    init(_ fields: RequestFields, limits: TinkerDatum.Limits) throws {
        prompt = try TinkerDatum.tokens(
            try fields.required("prompt", fields.object("prompt")), limits: limits, atMost: limits.context - 1)
        samples = try fields.integer("num_samples", in: 1...SampleLimits.choices) ?? 1
        let parameters = try fields.required("sampling_params", fields.object("sampling_params"))
        let stops = try SamplingCall.stops(parameters, limits: limits)
        let topK = try parameters.integer("top_k", in: -1...Int.max)
        sampling = SamplingParameters(
            temperature: try SamplingCall.number("temperature", parameters, "at least 0") { $0 >= 0 },
            topP: try SamplingCall.number("top_p", parameters, "above 0 and at most 1") { $0 > 0 && $0 <= 1 },
            topK: topK.flatMap { $0 > 0 ? $0 : nil },
            maximumNewTokens: try parameters.integer("max_tokens", in: 1...Int.max) ?? limits.context - prompt.count,
            stopStrings: stops.strings, stopTokens: stops.tokens)
        seed = try parameters.integer("seed").map { UInt64(bitPattern: Int64($0)) } ?? .random(in: .min ... .max)
        topOfPrompt = try fields.integer("topk_prompt_logprobs", in: 0...SampleLimits.topLogProbabilities) ?? 0
        reportsPrompt = try (fields.bool("prompt_logprobs") ?? false) || topOfPrompt > 0
    }

    private static func number(
        _ key: String, _ fields: RequestFields, _ expected: String, _ holds: (Double) -> Bool
    ) throws -> Double {
        let value = try fields.double(key) ?? 1
        guard holds(value) else {
            throw RequestProblem.badValue(
                "\(fields.name(key)) is \(value); expected \(expected)", parameter: fields.name(key))
        }
        return value
    }

    /// A text, texts or ids.
    private static func stops(
        _ fields: RequestFields, limits: TinkerDatum.Limits
    ) throws -> (strings: [String], tokens: [Int32]) {
        guard let view = fields.view("stop") else { return ([], []) }
        if let tokens = view.tokens {
            if let wrong = tokens.first(where: { !limits.contains($0) }) {
                throw RequestProblem.badValue(
                    "\(fields.name("stop")) has \(wrong); expected ids from 0 to \(limits.vocabulary - 1)",
                    parameter: fields.name("stop"))
            }
            return ([], tokens)
        }
        let strings: [String]
        do { strings = try fields.strings("stop") ?? [] } catch is RequestProblem {
            throw RequestProblem.badValue(
                "\(fields.name("stop")) is \(view.value.excerpt); "
                    + "expected a text, a list of texts or a list of token ids",
                parameter: fields.name("stop"), code: "invalid_type")
        }
        guard !strings.contains("") else {
            throw RequestProblem.badValue(
                "\(fields.name("stop")) has an empty text, which would stop at once; leave it out",
                parameter: fields.name("stop"))
        }
        return (strings, [])
    }

    /// - Throws: `CancellationError` when the server stops meanwhile; `WhetError` when the model has diverged.
    func answer(_ sampler: SamplerPool.Sampler, id: String) async throws -> ByteBuffer {
        let outputs = try await sampler.engine.generate(requests(id: id))
        guard !outputs.contains(where: { $0.finish == .abort }) else { throw CancellationError() }
        var text = JSONText(capacity: 1_024)
        text.append(raw: #"{"type":"sample","sequences":["#)
        for (place, output) in outputs.enumerated() {
            if place > 0 { text.append(raw: ",") }
            text.append(raw: #"{"stop_reason":"\#(output.finish == .stop ? "stop" : "length")","tokens":"#)
            text.append(output.tokens.map(\.token))
            text.append(raw: #","logprobs":"#)
            text.append(list: output.tokens.map(\.logProbability))
            text.append(raw: "}")
        }
        text.append(raw: "]")
        if reportsPrompt {
            text.append(raw: #","prompt_logprobs":"#)
            text.append(list: try await promptLogProbabilities(sampler))
        }
        if topOfPrompt > 0 {
            text.append(raw: #","topk_prompt_logprobs":"#)
            text.append(try await likeliest(sampler, id: id))
        }
        text.append(raw: "}")
        return ByteBuffer(bytes: text.bytes)
    }

    /// Each sample has a seed of its own, that of the first being the request's.
    private func requests(id: String) -> [GenerationEngine.Request] {
        (0..<samples).map { sample in
            GenerationEngine.Request(
                id: id, prompt: prompt, sampling: sampling,
                seed: sample == 0 ? seed : RandomStream.key(seed: seed, purpose: "choice", [sample]))
        }
    }

    /// At temperature 1; not a number for the first token, which nothing foretells. `[prompt]`
    private func promptLogProbabilities(_ sampler: SamplerPool.Sampler) async throws -> [Float] {
        guard prompt.count > 1 else { return [.nan] }
        let input = TargetedInput(tokens: Array(prompt.dropLast()), targets: Array(prompt.dropFirst()))
        return [.nan] + (try await sampler.scorer.value().targetLogProbabilities(of: [input])[0])
    }

    /// The likeliest tokens at each place of the prompt, by sampling one after each of its beginnings.
    private func likeliest(_ sampler: SamplerPool.Sampler, id: String) async throws -> JSONValue {
        let requests = prompt.indices.dropFirst().map { end in
            GenerationEngine.Request(
                id: id, prompt: Array(prompt[..<end]), sampling: SamplingParameters(maximumNewTokens: 1), seed: 0,
                topLogProbabilities: topOfPrompt)
        }
        let outputs = try await sampler.engine.generate(requests)
        guard !outputs.contains(where: { $0.finish == .abort }) else { throw CancellationError() }
        let places = outputs.map { output in
            JSONValue.array(
                (output.tokens.first?.likeliest ?? []).map { likely in
                    .array([.integer(Int(likely.token)), .number(Double(likely.logProbability))])
                })
        }
        return .array([.null] + places)
    }
}

extension JSONText {
    /// Not a number is null.
    fileprivate mutating func append(list numbers: [Float]) {
        append(raw: "[")
        for (place, number) in numbers.enumerated() {
            if place > 0 { append(raw: ",") }
            append(number)
        }
        append(raw: "]")
    }
}
