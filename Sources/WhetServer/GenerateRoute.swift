import Hummingbird
import WhetCore
import WhetEngine
import WhetServing

/// POST /generate, as SGLang has it: ids in, ids and log-probabilities out.
extension ServerRoutes {
    func generate(_ call: Call) async throws -> Response {
        let fields = try RequestFields(parsing: call.body)
        let sampling =
            try fields.object("sampling_params").map { try SamplingFields(sglang: $0) }
            ?? SamplingFields(sglang: RequestFields(parsing: Array("{}".utf8)))
        let prompt: [Int32]
        if let tokens = try fields.tokens("input_ids") {
            prompt = tokens
        } else if let text = try fields.string("text") {
            prompt = model.tokenizer.encode(text, addSpecialTokens: true)
        } else {
            throw RequestProblem.badValue(
                "neither input_ids nor text is there; expected a list of token ids or a text", parameter: "input_ids",
                code: "missing_parameter")
        }
        let batch = SampleBatch(
            id: try identifier(call, fields, kind: "gen"), prompts: [prompt], choices: 1, sampling: sampling,
            topLogProbabilities: try fields.integer("top_logprobs_num", in: 0...SampleLimits.topLogProbabilities) ?? 0,
            reportsLogProbabilities: try fields.bool("return_logprob") ?? false, returnsTokenIDs: true)
        let reply = GenerateReply(model: model, batch: batch)
        guard try fields.bool("stream") ?? false else {
            let output = try await generate(batch, call)[0]
            return Response(text: reply.text(model.text(of: output, sampling: sampling), output.tokens, output: output))
        }
        let progress = EventStream.Progress(
            choices: [.init(assembler: TextAssembler(model.tokenizer, sampling: sampling))])
        return try await stream(
            batch, call, progress: progress,
            events: { progress, event in [reply.piece(&progress, event)] }, closing: { _ in [] })
    }
}

/// Writes SGLang's reply.
struct GenerateReply {
    let model: ServedModel
    let batch: SampleBatch

    /// - Parameter output: nil while the request is running.
    func text(_ content: String, _ tokens: [SampledToken], output: GenerationEngine.Output?) -> JSONText {
        var text = JSONText()
        text.append(raw: #"{"text":"#)
        text.append(quoted: content)
        text.append(raw: #","output_ids":"#)
        text.append(tokens.map(\.token))
        text.append(raw: #","meta_info":{"id":"#)
        text.append(quoted: batch.id)
        text.append(raw: #","finish_reason":"#)
        text.append(output.map(finishReason) ?? .null)
        text.append(raw: #","prompt_tokens":\#(batch.prompts[0].count),"completion_tokens":\#(tokens.count)"#)
        if let output {
            text.append(raw: #","cached_tokens":\#(output.sharedTokens),"weight_version":"\#(output.version)""#)
        }
        if batch.reportsLogProbabilities {
            text.append(raw: #","output_token_logprobs":"#)
            LogProbabilityText.pairs(tokens, to: &text)
        }
        if batch.topLogProbabilities > 0 {
            text.append(raw: #","output_top_logprobs":["#)
            for (index, token) in tokens.enumerated() {
                if index > 0 { text.append(raw: ",") }
                let likeliest = token.likeliest.map {
                    SampledToken(token: $0.token, logProbability: $0.logProbability, likeliest: [])
                }
                LogProbabilityText.pairs(likeliest, to: &text)
            }
            text.append(raw: "]")
        }
        text.append(raw: "}}")
        return text
    }

    /// SGLang's pieces repeat all that went before them.
    func piece(_ progress: inout EventStream.Progress, _ event: GenerationEngine.Stream.Event) -> JSONText {
        var choice = progress.choices[event.index]
        defer { progress.choices[event.index] = choice }
        switch event.kind {
        case .sampled(let tokens):
            choice.tokens += tokens
            choice.text += choice.assembler.append(tokens)
            return text(choice.text, choice.tokens, output: nil)
        case .finished(let output):
            choice.text += choice.assembler.finish(output.stop)
            return text(choice.text, output.tokens, output: output)
        }
    }

    private func finishReason(_ output: GenerationEngine.Output) -> JSONValue {
        switch (output.finish, output.stop) {
        case (.stop, .token(let token)): ["type": "stop", "matched": .integer(Int(token))]
        case (.stop, .string(let text)): ["type": "stop", "matched": .string(text)]
        case (.stop, nil): ["type": "stop"]
        case (.length, _): ["type": "length", "length": .integer(output.tokens.count)]
        case (.abort, _): ["type": "abort", "message": "aborted on request"]
        }
    }
}
