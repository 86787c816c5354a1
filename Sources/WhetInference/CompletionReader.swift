import Synchronization
import WhetCore

/// Puts a completion together, from one answer or from the events of a stream.
protocol PartialCompletion: Sendable {
    /// What has come so far.
    var tokens: [Int32] { get }

    /// - Throws: `WhetError` for anything that is no completion.
    mutating func read(_ root: JSONView) throws

    /// - Parameter isWhole: whether the server said that this is all; if not, the generation may lack an end, and then
    ///   counts as aborted.
    /// - Throws: `WhetError` when it breaks what `Generation` keeps.
    func generation(
        _ request: GenerationRequest, isWhole: Bool, version: PolicyVersion?, vocabularySize: Int?
    ) throws -> Generation
}

/// Puts an OpenAI completion together, from one answer or from the events of a stream.
///
/// Ids come as `token_ids` (vLLM) or inside `logprobs.content` (llama.cpp).
struct CompletionReader: PartialCompletion {
    private(set) var tokens: [Int32] = []
    private var logProbabilities: [Float] = []
    private var finish: FinishReason?
    private var promptTokens: Int?
    private var cachedTokens: Int?
    private var hasText = false
    /// Whether log-probabilities came with the tokens.
    var hasLogProbabilities: Bool { !logProbabilities.isEmpty }

    mutating func read(_ root: JSONView) throws {
        if let error = root["error"] {
            throw WhetError(
                "the server failed in the middle of its answer: \(error["message"]?.string ?? "\(error.value)")")
        }
        if let usage = root["usage"] {
            promptTokens = usage["prompt_tokens"]?.integer ?? promptTokens
            cachedTokens = usage["prompt_tokens_details"]?["cached_tokens"]?.integer ?? cachedTokens
        }
        guard let choices = root["choices"]?.elements else { throw WhetError("the server's answer has no choices") }
        guard let choice = choices.first else { return }  // the last event of a stream has the usage alone
        guard choices.count == 1 else { throw WhetError("the server gave \(choices.count) choices", expected: "one") }
        if let text = choice["text"]?.string, !text.isEmpty { hasText = true }
        try readTokens(choice)
        if let reason = choice["finish_reason"]?.string {
            guard let known = FinishReason(rawValue: reason) else {
                throw WhetError("the server's answer has the finish_reason \"\(reason)\"")
            }
            finish = known
        }
    }

    private mutating func readTokens(_ choice: JSONView) throws {
        let logProbabilities = choice["logprobs"]
        if let content = logProbabilities?["content"]?.elements {
            for entry in content {
                guard let token = entry["id"]?.integer.flatMap(Int32.init(exactly:)),
                    let number = entry["logprob"]?.double
                else {
                    throw WhetError("the server's answer has a log-probability without token id or number")
                }
                tokens.append(token)
                self.logProbabilities.append(Float(number))
            }
            return
        }
        guard let ids = choice["token_ids"] else { return }
        let numbers = logProbabilities?["token_logprobs"]?.elements ?? []
        guard let ids = ids.tokens ?? (ids.value.isNull ? [] : nil) else {
            throw WhetError("the server's answer has token_ids that are no ids")
        }
        tokens += ids
        for number in numbers {
            guard let number = number.double else {
                throw WhetError("the server's answer has a log-probability that is no number")
            }
            self.logProbabilities.append(Float(number))
        }
        guard tokens.count == self.logProbabilities.count else {
            throw WhetError("the server gave \(ids.count) token ids and \(numbers.count) log-probabilities")
        }
    }

    func generation(
        _ request: GenerationRequest, isWhole: Bool, version: PolicyVersion?, vocabularySize: Int?
    ) throws -> Generation {
        guard finish != nil || !isWhole else {
            throw WhetError("the server's answer has no finish_reason", at: "request \(request.id)")
        }
        if hasText, tokens.isEmpty {
            throw WhetError(
                "the server's answer has text, but no token ids and log-probabilities", at: "request \(request.id)",
                remedy: "whet needs a server that returns token ids: vLLM from 0.10 on does")
        }
        return try Generation(
            tokens: tokens, logProbabilities: logProbabilities, finish: finish ?? .abort, version: version,
            promptTokens: promptTokens ?? request.tokens.count, cachedTokens: cachedTokens ?? 0, request: request,
            vocabularySize: vocabularySize)
    }
}

/// A completion that one task fills from a stream, and that is still there when that task is cancelled.
final class HeldCompletion: Sendable {
    private let reader: Mutex<any PartialCompletion>
    private let isWhole = Mutex(false)
    private let version: PolicyVersion?

    /// - Parameter version: of the weights that sample it.
    init(_ reader: any PartialCompletion, version: PolicyVersion?) {
        self.reader = Mutex(reader)
        self.version = version
    }

    var isEmpty: Bool { reader.withLock { $0.tokens.isEmpty } }

    func read(_ event: String) throws {
        let document = try JSONDocument(parsing: event)
        try reader.withLock { try $0.read(document.root) }
    }

    /// The server said that this was all.
    func end() { isWhole.withLock { $0 = true } }

    /// - Throws: as `PartialCompletion.generation`.
    func generation(_ request: GenerationRequest, vocabularySize: Int?) throws -> Generation {
        let isWhole = isWhole.withLock { $0 }
        return try reader.withLock {
            try $0.generation(request, isWhole: isWhole, version: version, vocabularySize: vocabularySize)
        }
    }
}
