import WhetCore
import WhetEngine
import WhetServing

/// Writes the replies of /v1/completions and /v1/chat/completions, whole and in pieces.
struct OpenAIReply {
    enum Kind: String {
        case completion = "cmpl"
        case chat = "chatcmpl"
    }

    let kind: Kind
    let model: ServedModel
    let batch: SampleBatch
    /// Seconds since 1970.
    let created: Int

    private var logProbabilities: LogProbabilityText { LogProbabilityText(tokenizer: model.tokenizer) }

    /// The reply to a call that does not stream.
    func whole(_ outputs: [GenerationEngine.Output]) -> JSONText {
        var text = JSONText()
        open(&text, object: kind == .chat ? "chat.completion" : "text_completion", version: outputs.first?.version)
        if kind == .chat, batch.returnsTokenIDs {
            text.append(raw: #","prompt_token_ids":"#)
            text.append(batch.prompts[0])
        }
        text.append(raw: #","choices":["#)
        for (index, output) in outputs.enumerated() {
            text.append(raw: index == 0 ? "{" : ",{")
            text.append(raw: #""index":\#(index),"#)
            let content = model.text(of: output, sampling: batch.sampling)
            switch kind {
            case .completion: text.append(raw: #""text":"#)
            case .chat: text.append(raw: #""message":{"role":"assistant","refusal":null,"content":"#)
            }
            text.append(quoted: content)
            if kind == .chat { text.append(raw: "}") }
            var offset = 0
            details(&text, index: index, tokens: output.tokens, offset: &offset, isFirst: true)
            finish(&text, output)
            text.append(raw: "}")
        }
        text.append(raw: #"],"usage":"#)
        text.append(batch.usage(of: outputs))
        text.append(raw: "}")
        return text
    }

    /// One piece of a stream.
    ///
    /// - Parameters:
    ///   - tokens: those sampled since the last piece; `content` may lag behind them.
    ///   - output: set in a choice's last piece.
    func piece(
        index: Int, content: String, tokens: [SampledToken], offset: inout Int, isFirst: Bool,
        output: GenerationEngine.Output?, version: PolicyVersion?
    ) -> JSONText {
        var text = JSONText()
        open(&text, object: kind == .chat ? "chat.completion.chunk" : "text_completion", version: version)
        if kind == .chat, batch.returnsTokenIDs, isFirst {
            text.append(raw: #","prompt_token_ids":"#)
            text.append(batch.prompts[0])
        }
        text.append(raw: #","choices":[{"index":\#(index),"#)
        switch kind {
        case .completion:
            text.append(raw: #""text":"#)
            text.append(quoted: content)
        case .chat:
            text.append(raw: #""delta":{"#)
            if isFirst { text.append(raw: #""role":"assistant","#) }
            if isFirst || !content.isEmpty || output == nil {
                text.append(raw: #""content":"#)
                text.append(quoted: content)
            }
            text.append(raw: "}")
        }
        details(&text, index: index, tokens: tokens, offset: &offset, isFirst: isFirst)
        if let output { finish(&text, output) } else { text.append(raw: #","finish_reason":null"#) }
        text.append(raw: "}]}")
        return text
    }

    /// The piece without choices that ends a stream whose client wants to know what it used.
    func usagePiece(_ outputs: [GenerationEngine.Output]) -> JSONText {
        var text = JSONText()
        open(
            &text, object: kind == .chat ? "chat.completion.chunk" : "text_completion", version: outputs.first?.version)
        text.append(raw: #","choices":[],"usage":"#)
        text.append(batch.usage(of: outputs))
        text.append(raw: "}")
        return text
    }

    private func open(_ text: inout JSONText, object: String, version: PolicyVersion?) {
        text.append(raw: #"{"id":"#)
        text.append(quoted: batch.id)
        text.append(raw: #","object":"\#(object)","created":\#(created),"model":"#)
        text.append(quoted: model.name)
        if let version { text.append(raw: #","weight_version":"\#(version)""#) }
    }

    private func details(
        _ text: inout JSONText, index: Int, tokens: [SampledToken], offset: inout Int, isFirst: Bool
    ) {
        text.append(raw: #","logprobs":"#)
        switch kind {
        case _ where !batch.reportsLogProbabilities: text.append(raw: "null")
        case .completion: logProbabilities.completion(tokens, offset: &offset, to: &text)
        case .chat: logProbabilities.chat(tokens, to: &text)
        }
        guard batch.returnsTokenIDs else { return }
        text.append(raw: #","token_ids":"#)
        text.append(tokens.map(\.token))
        if kind == .completion, isFirst {
            text.append(raw: #","prompt_token_ids":"#)
            text.append(batch.prompt(of: index))
        }
    }

    private func finish(_ text: inout JSONText, _ output: GenerationEngine.Output) {
        text.append(raw: #","finish_reason":"\#(output.finish.rawValue)","stop_reason":"#)
        switch output.stop {
        case .string(let stop): text.append(quoted: stop)
        case .token(let token) where batch.sampling.parameters.stopTokens.contains(token): text.append(raw: "\(token)")
        default: text.append(raw: "null")
        }
    }
}
