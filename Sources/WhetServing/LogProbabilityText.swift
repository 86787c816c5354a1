import WhetCore
import WhetText

/// A token whose log-probability is reported, and the likeliest ones at its place where they were asked for.
package protocol ReportedToken: Sendable {
    var token: Int32 { get }
    var logProbability: Float { get }
    var alternatives: [(token: Int32, logProbability: Float)] { get }
}

/// Writes log-probabilities the way the three kinds of replies have them.
///
/// Keeps: a number is written with as many digits as it takes to read the same 32-bit number back.
package struct LogProbabilityText: Sendable {
    let tokenizer: Tokenizer

    package init(tokenizer: Tokenizer) { self.tokenizer = tokenizer }

    /// OpenAI's completions: parallel lists.
    package func completion(_ tokens: some Collection<some ReportedToken>, offset: inout Int, to text: inout JSONText) {
        text.append(raw: #"{"tokens":["#)
        list(tokens, &text) { token, text in text.append(quoted: self.text(of: token.token)) }
        text.append(raw: #"],"token_logprobs":["#)
        list(tokens, &text) { token, text in text.append(token.logProbability) }
        text.append(raw: #"],"top_logprobs":["#)
        list(tokens, &text) { token, text in
            var seen: Set<String> = []
            let entries = token.alternatives + [(token: token.token, logProbability: token.logProbability)]
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
    package func chat(_ tokens: some Collection<some ReportedToken>, to text: inout JSONText) {
        text.append(raw: #"{"content":["#)
        list(tokens, &text) { token, text in
            entry(token.token, token.logProbability, &text)
            text.append(raw: #","top_logprobs":["#)
            list(token.alternatives, &text) { likely, text in
                entry(likely.token, likely.logProbability, &text)
                text.append(raw: "}")
            }
            text.append(raw: "]}")
        }
        text.append(raw: #"],"refusal":null}"#)
    }

    /// SGLang's `[[log-probability, id, null], …]`.
    package static func pairs(_ tokens: some Collection<some ReportedToken>, to text: inout JSONText) {
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
    package mutating func append(_ number: Float) { append(raw: number.isFinite ? "\(number)" : "null") }
}
