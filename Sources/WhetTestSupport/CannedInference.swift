import Synchronization
import WhetCore

/// An inference server without a model: speaks SGLang's `/generate` and says what a script makes it say.
///
/// The log-probability of a token is `logProbability(of:)`, so a test knows it without asking. Weights are a version
/// number.
public final class CannedInference: Sendable {
    /// What a request asked for.
    public struct Question: Sendable {
        /// How many generations were asked for before.
        public let index: Int
        public let requestID: String
        public let tokens: [Int32]
        public let maximumNewTokens: Int
        public let seed: Int
    }

    public struct Answer: Sendable {
        public var tokens: [Int32]
        public var finish: FinishReason
        /// Say nothing until the request is aborted; the answer is then these tokens, aborted.
        public var waitsForAbort: Bool
        /// Say nothing until it opens.
        public var gate: Gate?

        public init(
            _ tokens: [Int32], finish: FinishReason = .stop, waitsForAbort: Bool = false, heldBy gate: Gate? = nil
        ) {
            self.tokens = tokens
            self.finish = finish
            self.waitsForAbort = waitsForAbort
            self.gate = gate
        }
    }

    /// What comes of an attempt to publish weights.
    public enum Publication: Sendable {
        case works
        case refuses
        /// Says that it worked, and keeps the old version.
        case lies
    }

    public static func logProbability(of token: Int32) -> Float { -0.25 * Float(1 + token % 7) }

    fileprivate struct State {
        var weightVersion = "0"
        var directories: [String] = []
        var asked = 0
        var waiting: [String: Gate] = [:]
        var aborts: [String] = []
    }

    fileprivate final class Shared: Sendable {
        let state = Mutex(State())
    }

    private let shared = Shared()
    public let server: CannedServer
    public var url: String { server.url }

    /// - Parameters:
    ///   - faults: which of the generations fail, and how.
    ///   - script: what is said; called on the server's thread.
    /// - Throws: `WhetError` when the port is taken.
    public init(
        port: Int = 0, records: Bool = true, faults: FaultPlan? = nil, publication: Publication = .works,
        script: @escaping @Sendable (Question) -> Answer
    ) throws {
        let shared = shared
        server = try CannedServer(port: port, records: records) { request in
            do {
                return try shared.answer(request, faults: faults, publication: publication, script: script)
            } catch {
                return .json(#"{"error": {"message": "\#(error)"}}"#, status: 400)
            }
        }
    }

    public var weightVersion: String {
        get { shared.state.withLock { $0.weightVersion } }
        set { shared.state.withLock { $0.weightVersion = newValue } }
    }

    /// The directories that weights were published from.
    public var directories: [String] { shared.state.withLock { $0.directories } }

    /// The request ids that were asked to be aborted, as they came.
    public var aborts: [String] { shared.state.withLock { $0.aborts } }
}

extension CannedInference.Shared {
    fileprivate func answer(
        _ request: ReceivedRequest, faults: FaultPlan?, publication: CannedInference.Publication,
        script: (CannedInference.Question) -> CannedInference.Answer
    ) throws -> CannedReply {
        switch request.path {
        case "/generate": return try generate(request, faults: faults, script: script)
        case "/abort_request":
            let body = try JSONDocument(parsing: request.body).root
            guard let prefix = body["rid"]?.string, !prefix.isEmpty else { throw WhetError("abort what?") }
            let gates = state.withLock { state in
                state.aborts.append(prefix)
                return state.waiting.filter { $0.key.hasPrefix(prefix) }.values
            }
            for gate in gates { gate.open() }
            return .json("{}")
        case "/update_weights_from_disk":
            let body = try JSONDocument(parsing: request.body).root
            guard let path = body["model_path"]?.string, let version = body["weight_version"]?.string else {
                throw WhetError("weights from where?")
            }
            guard publication != .refuses else {
                return .json(#"{"success": false, "message": "no such model"}"#, status: 400)
            }
            state.withLock { state in
                state.directories.append(path)
                if publication == .works { state.weightVersion = version }
            }
            return .json(#"{"success": true, "message": "done"}"#)
        case "/get_weight_version":
            return .json(#"{"weight_version": "\#(state.withLock { $0.weightVersion })"}"#)
        case "/health": return .status(200)
        case "/v1/models": return .json(#"{"object": "list", "data": [{"id": "canned", "owned_by": "whet"}]}"#)
        default: return .json(#"{"error": {"message": "not found"}}"#, status: 404)
        }
    }

    private func generate(
        _ request: ReceivedRequest, faults: FaultPlan?, script: (CannedInference.Question) -> CannedInference.Answer
    ) throws -> CannedReply {
        let body = try JSONDocument(parsing: request.body).root
        guard let tokens = body["input_ids"]?.tokens, let sampling = body["sampling_params"] else {
            throw WhetError("there are no input_ids or sampling_params")
        }
        let requestID = body["rid"]?.string ?? ""
        let (index, version) = state.withLock { state in
            defer { state.asked += 1 }
            return (state.asked, state.weightVersion)
        }
        var answer = script(
            CannedInference.Question(
                index: index, requestID: requestID, tokens: tokens,
                maximumNewTokens: sampling["max_new_tokens"]?.integer ?? 0,
                seed: sampling["sampling_seed"]?.integer ?? 0))
        if answer.waitsForAbort { answer.finish = .abort }
        let text = reply(answer, to: requestID, promptTokens: tokens.count, version: version)
        if let fault = faults?.fault(ofRequest: index) {
            return fault.reply(insteadOf: String(decoding: text, as: UTF8.self))
        }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(text.count)\r\n\r\n"
        let send = CannedReply.Step.send(Array(head.utf8) + text)
        guard answer.waitsForAbort else {
            return CannedReply(answer.gate.map { $0.isOpen ? [send] : [.hold($0), send] } ?? [send])
        }
        let gate = Gate()
        state.withLock { $0.waiting[requestID] = gate }
        return CannedReply([.hold(gate), send])
    }

    private func reply(
        _ answer: CannedInference.Answer, to requestID: String, promptTokens: Int, version: String
    ) -> [UInt8] {
        var text = JSONText()
        text.append(raw: #"{"text":"#)
        text.append(quoted: answer.tokens.map { "<\($0)>" }.joined())
        text.append(raw: #","output_ids":"#)
        text.append(answer.tokens)
        text.append(raw: #","meta_info":{"id":"#)
        text.append(quoted: requestID)
        text.append(raw: #","finish_reason":{"type":"\#(answer.finish.rawValue)"},"prompt_tokens":\#(promptTokens)"#)
        text.append(raw: #","weight_version":"\#(version)","completion_tokens":\#(answer.tokens.count)"#)
        text.append(raw: #","cached_tokens":0,"output_token_logprobs":["#)
        for (index, token) in answer.tokens.enumerated() {
            text.append(raw: "\(index > 0 ? "," : "")[\(CannedInference.logProbability(of: token)),\(token),null]")
        }
        text.append(raw: "]}}")
        return text.bytes
    }
}
