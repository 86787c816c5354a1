import WhetCore

/// One sequence as the Tinker API takes it: the model reads all tokens but the last, and is scored on all but the first.
///
/// Keeps: every list has one element a scored token.
struct TinkerDatum: Sendable {
    /// At least two. `[scored tokens + 1]`
    let tokens: ArraySlice<Int32>
    /// What multiplies each token's loss; nil weighs every token 1. `[scored tokens]`
    var weights: [Float]?
    /// The credit, for losses that have any. `[scored tokens]`
    var advantages: [Float]?
    /// What the ratio of those losses is measured from. `[scored tokens]`
    var logProbabilities: [Float]?

    init(_ tokens: ArraySlice<Int32>) { self.tokens = tokens }

    /// How many tokens are scored.
    var count: Int { tokens.count - 1 }

    /// Cuts data into requests of at most `limit` scored tokens, and at most 1,024 sequences, as the SDK does; a longer
    /// sequence is a request of its own.
    static func requests(_ data: [TinkerDatum], limit: Int) -> [ArraySlice<TinkerDatum>] {
        var requests: [ArraySlice<TinkerDatum>] = []
        var start = 0, tokens = 0
        for (index, datum) in data.enumerated() {
            if index > start, tokens + datum.count > limit || index - start == 1024 {
                requests.append(data[start..<index])
                (start, tokens) = (index, 0)
            }
            tokens += datum.count
        }
        if start < data.count { requests.append(data[start...]) }
        return requests
    }

    /// Writes it as the API's `Datum`.
    func write(to text: inout TinkerText) {
        text.append(raw: #"{"model_input":{"chunks":[{"type":"encoded_text","tokens":"#)
        text.append(tokens.dropLast())
        text.append(raw: #"}]},"loss_fn_inputs":{"target_tokens":{"data":"#)
        text.append(tokens.dropFirst())
        text.append(raw: #","dtype":"int64","shape":[\#(count)]}"#)
        for (name, values) in [("weights", weights), ("advantages", advantages), ("logprobs", logProbabilities)] {
            guard let values else { continue }
            text.append(raw: #","\#(name)":{"data":"#)
            text.append(values)
            text.append(raw: #","dtype":"float32","shape":[\#(count)]}"#)
        }
        text.append(raw: "}}")
    }
}
