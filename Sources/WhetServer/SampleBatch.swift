import WhetCore
import WhetEngine

/// The samples that one call asks for: every prompt `choices` times.
struct SampleBatch: Sendable {
    let id: String
    let prompts: [[Int32]]
    let choices: Int
    let sampling: SamplingFields
    let topLogProbabilities: Int
    let reportsLogProbabilities: Bool
    let returnsTokenIDs: Bool
    let ticket = GenerationEngine.Ticket()

    /// In the order of the reply's choices: all of the first prompt, then all of the second.
    var requests: [GenerationEngine.Request] {
        let fallback = UInt64.random(in: .min ... .max)
        return prompts.enumerated().flatMap { place, prompt in
            (0..<choices).map { choice in
                GenerationEngine.Request(
                    id: id, prompt: prompt, sampling: sampling.parameters,
                    seed: sampling.seed(choice: choice, fallback: fallback &+ UInt64(sampling.seed == nil ? place : 0)),
                    topLogProbabilities: topLogProbabilities, ignoresEndTokens: sampling.ignoresEndTokens)
            }
        }
    }

    /// The prompt that the reply's choice `index` continues.
    func prompt(of index: Int) -> [Int32] { prompts[index / choices] }

    func usage(completionTokens: Int, sharedTokens: Int) -> JSONValue {
        let promptTokens = prompts.reduce(0) { $0 + $1.count }
        return [
            "prompt_tokens": .integer(promptTokens), "completion_tokens": .integer(completionTokens),
            "total_tokens": .integer(promptTokens + completionTokens),
            "prompt_tokens_details": ["cached_tokens": .integer(sharedTokens)],
        ]
    }

    func usage(of outputs: [GenerationEngine.Output]) -> JSONValue {
        usage(
            completionTokens: outputs.reduce(0) { $0 + $1.tokens.count },
            sharedTokens: outputs.reduce(0) { $0 + $1.sharedTokens })
    }
}

extension SampleBatch {
    /// A name for a request that came without one.
    static func newID(_ kind: String) -> String {
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        return "\(kind)-\(String(repeating: "0", count: 16 - number.count))\(number)"
    }
}
