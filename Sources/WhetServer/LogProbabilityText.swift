import WhetCore
import WhetEngine
import WhetText

/// Writes log-probabilities the way the three kinds of replies have them.
///
/// Keeps: a number is written with as many digits as it takes to read the same 32-bit number back.
struct LogProbabilityText {
    let tokenizer: Tokenizer

    /// OpenAI's completions: parallel lists.
    func completion(_ tokens: some Collection<SampledToken>, offset: inout Int, to text: inout JSONText) {
        text.append(raw: #"{"tokens":["#)
        list(tokens, &text) { token, text in text.append(quoted: self.text(of: token.token)) }
        text.append(raw: #"],"token_logprobs":["#)
        list(tokens, &text) { token, text in text.append(token.logProbability) }
        text.append(raw: #"],"top_logprobs":["#)
        list(tokens, &text) { token, text in
            var seen: Set<String> = []
            let entries =
                token.likeliest + [TokenLogProbability(token: token.token, logProbability: token.logProbability)]
            // Several tokens may have the same text; the likeliest speaks for it, because keys are unique.
            let distinct = entries.filter { seen.insert(self.text(of: $0.token)).inserted }
            text.append(raw: "{")
            list(distinct, &text) { entry, text in
                text.append(quoted: self.text(of: entry.token))
                text.append(raw: ":")
                text.append(entry.logProbability)
            }
            text.append(raw: "}")
        }
        text.append(raw: #"],"text_offset":["#)
        list(tokens, &text) { token, text in
            text.append(raw: String(offset))
            offset += self.text(of: token.token).unicodeScalars.count
        }
        text.append(raw: "]}")
    }

    /// OpenAI's chats: a list of objects.
    func chat(_ tokens: some Collection<SampledToken>, to text: inout JSONText) {
        text.append(raw: #"{"content":["#)
        list(tokens, &text) { token, text in
            entry(token.token, token.logProbability, &text)
            text.append(raw: #","top_logprobs":["#)
            list(token.likeliest, &text) { likely, text in
                entry(likely.token, likely.logProbability, &text)
                text.append(raw: "}")
            }
            text.append(raw: "]}")
        }
        text.append(raw: #"],"refusal":null}"#)
    }

    /// SGLang's `[[log-probability, id, null], …]`.
    static func pairs(_ tokens: some Collection<SampledToken>, to text: inout JSONText) {
        text.append(raw: "[")
        for (index, token) in tokens.enumerated() {
            text.append(raw: index == 0 ? "[" : ",[")
            text.append(token.logProbability)
            text.append(raw: ",\(token.token),null]")
        }
        text.append(raw: "]")
    }

    private func entry(_ token: Int32, _ logProbability: Float, _ text: inout JSONText) {
        text.append(raw: #"{"token":"#)
        text.append(quoted: self.text(of: token))
        text.append(raw: #","logprob":"#)
        text.append(logProbability)
        text.append(raw: #","bytes":"#)
        text.append(tokenizer.bytes(of: token).map(Int32.init))
    }

    private func text(of token: Int32) -> String { String(decoding: tokenizer.bytes(of: token), as: UTF8.self) }

    private func list<Element>(
        _ elements: some Collection<Element>, _ text: inout JSONText, _ write: (Element, inout JSONText) -> Void
    ) {
        for (index, element) in elements.enumerated() {
            if index > 0 { text.append(raw: ",") }
            write(element, &text)
        }
    }
}

extension JSONText {
    mutating func append(_ number: Float) { append(raw: number.isFinite ? "\(number)" : "null") }
}
