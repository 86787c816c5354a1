import Foundation
import Hummingbird
import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// POST /v1/completions and POST /v1/chat/completions.
extension ServerRoutes {
    func completions(_ call: Call) async throws -> Response {
        let fields = try RequestFields(parsing: call.body)
        try checkModel(fields)
        try fields.requireNeutral(
            "echo", [false], because: "this server reports what it samples, not prompts; leave it out")
        try fields.requireNeutral("suffix", [""], because: "there is no filling in of middles")
        try fields.requireNeutral("prompt_logprobs", [], because: "this server reports what it samples, not prompts")
        let top = try fields.integer("logprobs", in: 0...SampleLimits.topLogProbabilities)
        let sampling = try SamplingFields(openAI: fields, defaultBudget: 16)
        let choices = try fields.integer("n", in: 1...SampleLimits.choices) ?? 1
        try fields.requireNeutral("best_of", [.integer(choices)], because: "every sample is returned; leave it out")
        let batch = SampleBatch(
            id: try identifier(call, fields, kind: "cmpl"), prompts: try prompts(fields), choices: choices,
            sampling: sampling,
            topLogProbabilities: top ?? 0, reportsLogProbabilities: top != nil,
            returnsTokenIDs: try fields.bool("return_token_ids") ?? false)
        return try await answer(call, fields, batch, kind: .completion)
    }

    func chatCompletions(_ call: Call) async throws -> Response {
        let fields = try RequestFields(parsing: call.body)
        try checkModel(fields)
        let prompt = try chatPrompt(fields)
        try fields.requireNeutral(
            "response_format", [["type": "text"]], because: "constrained sampling is not supported")
        try fields.requireNeutral(
            "tool_choice", ["auto", "none"],
            because: "the model chooses its tools itself; expected \"auto\" or \"none\"")
        let reports = try fields.bool("logprobs") ?? false
        let top = try fields.integer("top_logprobs", in: 0...SampleLimits.topLogProbabilities)
        if top ?? 0 > 0, !reports {
            throw RequestProblem.badValue("top_logprobs is set and logprobs is not true", parameter: "top_logprobs")
        }
        let room = max(1, model.engine.context - prompt.count)
        let batch = SampleBatch(
            id: try identifier(call, fields, kind: "chatcmpl"), prompts: [prompt],
            choices: try fields.integer("n", in: 1...SampleLimits.choices) ?? 1,
            sampling: try SamplingFields(openAI: fields, defaultBudget: room), topLogProbabilities: top ?? 0,
            reportsLogProbabilities: reports, returnsTokenIDs: try fields.bool("return_token_ids") ?? false)
        return try await answer(call, fields, batch, kind: .chat)
    }

    private func answer(
        _ call: Call, _ fields: RequestFields, _ batch: SampleBatch, kind: OpenAIReply.Kind
    ) async throws -> Response {
        let reply = OpenAIReply(
            kind: kind, model: model, batch: batch, created: Int(Date().timeIntervalSince1970))
        guard try fields.bool("stream") ?? false else {
            let outputs = try await generate(batch, call)
            return Response(text: reply.whole(outputs))
        }
        let showsUsage = try fields.object("stream_options")?.bool("include_usage") ?? false
        let progress = EventStream.Progress(
            choices: batch.requests.map { _ in
                .init(assembler: TextAssembler(model.tokenizer, sampling: batch.sampling))
            })
        return try await stream(
            batch, call, progress: progress,
            events: { progress, event in reply.pieces(&progress, event) },
            closing: { progress in showsUsage ? [reply.usagePiece(progress.outputs)] : [] })
    }
}

extension OpenAIReply {
    /// The pieces of a reply that an event makes.
    fileprivate func pieces(
        _ progress: inout EventStream.Progress, _ event: GenerationEngine.Stream.Event
    ) -> [JSONText] {
        let isFirst = progress.choices[event.index].isFirst
        progress.choices[event.index].isFirst = false
        switch event.kind {
        case .sampled(let tokens):
            let content = progress.choices[event.index].assembler.append(tokens)
            let tells = isFirst || !content.isEmpty || batch.reportsLogProbabilities || batch.returnsTokenIDs
            return tells
                ? [
                    piece(
                        index: event.index, content: content, tokens: tokens,
                        offset: &progress.choices[event.index].offset,
                        isFirst: isFirst, output: nil, version: nil)
                ] : []
        case .finished(let output):
            progress.outputs.append(output)
            let content = progress.choices[event.index].assembler.finish(output.stop)
            return [
                piece(
                    index: event.index, content: content, tokens: [], offset: &progress.choices[event.index].offset,
                    isFirst: isFirst, output: output, version: output.version)
            ]
        }
    }
}

// MARK: Reading prompts

extension ServerRoutes {
    func checkModel(_ fields: RequestFields) throws {
        guard let name = try fields.string("model"), name != model.name, name != model.directory?.path else { return }
        throw RequestProblem(
            status: .notFound, message: "the model \"\(name)\" does not exist; this server has \"\(model.name)\"",
            type: "invalid_request_error", parameter: "model", code: "model_not_found")
    }

    /// What a request is aborted by: its `rid`, its X-Request-Id, or a new name.
    func identifier(_ call: Call, _ fields: RequestFields, kind: String) throws -> String {
        try fields.string("rid") ?? call.requestID ?? SampleBatch.newID(kind)
    }

    /// A text, a list of texts, a list of ids, or a list of lists of ids.
    private func prompts(_ fields: RequestFields) throws -> [[Int32]] {
        let view = try fields.required("prompt", fields.view("prompt"))
        if let text = view.string { return [encode(text)] }
        if let tokens = view.tokens { return [tokens] }
        let prompts = view.elements?.map { element in element.string.map(encode) ?? element.tokens }
        guard let prompts, !prompts.contains(nil) else {
            throw RequestProblem.badValue(
                "prompt is \(view.value.excerpt); "
                    + "expected a text, a list of texts, a list of token ids or a list of those",
                parameter: "prompt", code: "invalid_type")
        }
        guard prompts.count <= SampleLimits.prompts else {
            throw RequestProblem.badValue(
                "prompt has \(prompts.count) entries; expected at most \(SampleLimits.prompts)", parameter: "prompt")
        }
        return prompts.compactMap { $0 }
    }

    private func encode(_ text: String) -> [Int32] { model.tokenizer.encode(text, addSpecialTokens: true) }

    /// The ids of a conversation, by the model's own template.
    func chatPrompt(_ fields: RequestFields) throws -> [Int32] {
        guard let template = model.template else {
            throw RequestProblem.badValue(
                "the model has no chat template; send its text or ids to /v1/completions", parameter: "messages")
        }
        let messages = try fields.messages()
        do {
            let text = try template.render(
                messages, tools: fields.tools(),
                addGenerationPrompt: fields.bool("add_generation_prompt") ?? true,
                extra: fields.templateVariables())
            return model.tokenizer.encode(text)
        } catch let error as WhetError {
            throw RequestProblem.badValue(
                "the chat template refuses the messages: \(error.sentence)", parameter: "messages")
        }
    }
}

/// How much one call may ask for.
enum SampleLimits {
    static let choices = 1_024
    static let prompts = 4_096
    static let topLogProbabilities = 20
}
