import Synchronization
import WhetCore

/// A vLLM without a model, as version 0.32 was seen to behave: knows a request by `cmpl-NAME-0` only and answers an
/// abort of any other name with success; refuses to flush its cache when told to; says what a script makes it say.
///
/// The log-probability of a token is `CannedInference.logProbability(of:)`.
public final class CannedVLLM: Sendable {
    public struct Answer: Sendable {
        public var tokens: [Int32]
        public var finish: FinishReason
        /// Only this many come; then nothing until the request is aborted.
        public var holdsAfter: Int?
        /// Only this many come; then the connection breaks.
        public var breaksAfter: Int?

        public init(
            _ tokens: [Int32], finish: FinishReason = .stop, holdsAfter: Int? = nil, breaksAfter: Int? = nil
        ) {
            self.tokens = tokens
            self.finish = finish
            self.holdsAfter = holdsAfter
            self.breaksAfter = breaksAfter
        }
    }

    /// How the server was started, and what is wrong with it.
    public struct Settings: Sendable {
        public var isInDevelopmentMode = true
        public var allowsAdapters = false
        /// Whether log-probabilities are of temperature 1 whatever it samples at.
        public var isRaw = false
        public var hasMetrics = true
        /// So many times it refuses to flush its cache.
        public var refusedFlushes = 0
        /// Says that it took up new weights, and keeps the old version.
        public var lies = false
        /// Answers aborts and goes on.
        public var ignoresAborts = false

        public init() {}
    }

    fileprivate struct State {
        var weightVersion = "default"
        var adapters: [String] = []
        var isPaused = false
        var isSick = false
        var flushes = 0
        var waiting: [String: Gate] = [:]
        var metrics = """
            # HELP vllm:num_requests_running Number of requests in model execution batches.
            # TYPE vllm:num_requests_running gauge
            vllm:num_requests_running{engine="0",model_name="canned"} 3.0
            vllm:num_requests_waiting{engine="0",model_name="canned"} 1.0
            vllm:kv_cache_usage_perc{engine="0",model_name="canned"} 0.25
            vllm:num_preemptions_total{engine="0",model_name="canned"} 2.0
            """
    }

    fileprivate final class Shared: Sendable {
        let settings: Settings
        fileprivate let state = Mutex(State())
        init(_ settings: Settings) { self.settings = settings }
    }

    private let shared: Shared
    public let server: CannedServer
    public var url: String { server.url }

    /// - Parameter script: called on the server's thread with the prompt and how many new tokens are wanted.
    /// - Throws: `WhetError` when the port is taken.
    public init(
        port: Int = 0, _ settings: Settings = Settings(),
        script: @escaping @Sendable (_ prompt: [Int32], _ maximumNewTokens: Int) -> Answer
    ) throws {
        let shared = Shared(settings)
        self.shared = shared
        server = try CannedServer(port: port) { request in
            do { return try shared.answer(request, script) } catch {
                return .json(#"{"error": {"message": "bad request"}}"#, status: 400)
            }
        }
    }

    public var weightVersion: String {
        get { shared.read { $0.weightVersion } }
        set { shared.change { $0.weightVersion = newValue } }
    }
    public var isPaused: Bool { shared.read { $0.isPaused } }
    public var adapters: [String] { shared.read { $0.adapters } }
    public var metrics: String {
        get { shared.read { $0.metrics } }
        set { shared.change { $0.metrics = newValue } }
    }
    /// Answers 503 when it is asked for its health.
    public var isSick: Bool {
        get { shared.read { $0.isSick } }
        set { shared.change { $0.isSick = newValue } }
    }
    /// What it was told to do, and asked of its weights, in order; no generations.
    public var orders: [String] {
        server.requests.filter { $0.method == "POST" || $0.path == "/weight_info" }.map(\.path)
            .filter { $0 != "/v1/completions" }
    }
}

extension CannedVLLM.Shared {
    fileprivate func read<Value: Sendable>(_ body: (CannedVLLM.State) -> Value) -> Value { state.withLock { body($0) } }
    fileprivate func change(_ body: (inout CannedVLLM.State) -> Void) { state.withLock { body(&$0) } }

    private static let developmentPaths: Set = [
        "/abort_requests", "/collective_rpc", "/reset_prefix_cache", "/update_weight_version", "/pause?mode=wait",
        "/resume",
    ]
    private static let adapterPaths: Set = ["/v1/load_lora_adapter", "/v1/unload_lora_adapter"]

    fileprivate func answer(
        _ request: ReceivedRequest, _ script: ([Int32], Int) -> CannedVLLM.Answer
    ) throws -> CannedReply {
        let isOrder =
            settings.isInDevelopmentMode && Self.developmentPaths.contains(request.path)
            || settings.allowsAdapters && Self.adapterPaths.contains(request.path)
        if isOrder { return request.method == "POST" ? try obey(request) : .status(405) }
        switch request.path {
        case "/v1/completions": return try complete(request, script)
        case "/health": return .status(read { $0.isSick } ? 503 : 200)
        case "/metrics" where settings.hasMetrics: return .status(200, body: read { $0.metrics })
        case "/v1/models":
            let names = ["canned"] + read { $0.adapters }
            let models = names.map { #"{"id":"\#($0)","owned_by":"vllm"}"# }.joined(separator: ",")
            return .json(#"{"data":[\#(models)]}"#)
        case "/weight_info" where settings.isInDevelopmentMode:
            return .json(#"{"weight_version":"\#(read { $0.weightVersion })"}"#)
        case "/is_paused" where settings.isInDevelopmentMode:
            return .json(#"{"is_paused":\#(read { $0.isPaused })}"#)
        default: return .json(#"{"detail":"Not Found"}"#, status: 404)
        }
    }

    private func obey(_ request: ReceivedRequest) throws -> CannedReply {
        let body = request.body.isEmpty ? nil : try JSONDocument(parsing: request.body).root
        switch request.path {
        case "/abort_requests":
            let names = body?["request_ids"]?.elements?.compactMap(\.string) ?? []
            if !settings.ignoresAborts {
                for name in names { read { $0.waiting[name] }?.open() }
            }
            return .json(#"{"status":"aborted","aborted":\#(names.count)}"#)
        case "/reset_prefix_cache":
            let isDone = state.withLock { state in
                state.flushes += 1
                return state.flushes > settings.refusedFlushes
            }
            return .json(#"{"success":\#(isDone)}"#)
        case "/update_weight_version":
            guard let version = body?["new_version"]?.string else { throw WhetError("which version?") }
            if !settings.lies { change { $0.weightVersion = version } }
        case "/pause?mode=wait": change { $0.isPaused = true }
        case "/resume": change { $0.isPaused = false }
        case "/v1/load_lora_adapter":
            guard let name = body?["lora_name"]?.string else { throw WhetError("which adapter?") }
            change { $0.adapters.append(name) }
        case "/v1/unload_lora_adapter":
            let name = body?["lora_name"]?.string
            change { $0.adapters.removeAll { $0 == name } }
        default: break
        }
        return .json("{}")
    }
}

// MARK: Completions

extension CannedVLLM.Shared {
    private func complete(
        _ request: ReceivedRequest, _ script: ([Int32], Int) -> CannedVLLM.Answer
    ) throws -> CannedReply {
        let body = try JSONDocument(parsing: request.body).root
        guard let prompt = body["prompt"]?.tokens else { throw WhetError("there is no prompt of ids") }
        var answer = script(prompt, body["max_tokens"]?.integer ?? 16)
        // A question without a name is a probe of what the server can do, and no generation.
        if request.headers["X-Request-Id"] == nil { (answer.holdsAfter, answer.breaksAfter) = (nil, nil) }
        let sent = answer.tokens.prefix(answer.holdsAfter ?? answer.breaksAfter ?? answer.tokens.count)
        let finish = answer.holdsAfter == nil ? answer.finish : .abort
        let number = settings.isRaw || body["temperature"]?.double == 1 ? 1 : 0.5
        var steps: [CannedReply.Step] = []
        if body["stream"]?.bool == true {
            let head = ["Content-Type: text/event-stream", "Transfer-Encoding: chunked"]
            steps.append(.send(CannedReply.head(200, head)))
            steps += sent.map { .send(event(completion([$0], number, finish: nil))) }
            if answer.breaksAfter != nil { return CannedReply(steps + [.close]) }
            if answer.holdsAfter != nil { steps.append(.hold(gate(of: request))) }
            let end = event(completion([], number, finish: finish)) + event("[DONE]")
            steps.append(.send(end + Array("0\r\n\r\n".utf8)))
            return CannedReply(steps)
        }
        if answer.breaksAfter != nil { return CannedReply([.close]) }
        if answer.holdsAfter != nil { steps.append(.hold(gate(of: request))) }
        return CannedReply(steps + CannedReply.json(completion(Array(sent), number, finish: finish)).steps)
    }

    private func gate(of request: ReceivedRequest) -> Gate {
        let gate = Gate()
        change { $0.waiting["cmpl-\(request.headers["X-Request-Id"] ?? "")-0"] = gate }
        return gate
    }

    private func event(_ data: String) -> [UInt8] { CannedReply.chunk("data: \(data)\n\n") }

    private func completion(_ tokens: [Int32], _ scale: Double, finish: FinishReason?) -> String {
        let ids = tokens.map(String.init).joined(separator: ",")
        let numbers = tokens.map { "\(Double(CannedInference.logProbability(of: $0)) * scale)" }
        let tops = numbers.map { #"{"x":\#($0),"y":-99}"# }.joined(separator: ",")
        return #"{"choices":[{"index":0,"text":"x","token_ids":[\#(ids)],"logprobs":{"token_logprobs":["#
            + numbers.joined(separator: ",") + #"],"top_logprobs":[\#(tops)]},"finish_reason":"#
            + (finish.map { "\"\($0.rawValue)\"" } ?? "null") + "}]}"
    }
}
