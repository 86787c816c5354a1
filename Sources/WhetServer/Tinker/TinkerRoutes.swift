import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import WhetCore
import WhetServing

/// Answers the Tinker API's requests by path.
///
/// Keeps: every answer but an archive is JSON; nothing a client sends ends the server or another's call; whatever is
/// wrong with a request is told at once, and in words, if the request itself shows it.
struct TinkerRoutes: HTTPResponder {
    struct Context: InitializableFromSource {
        init(source: ApplicationRequestContextSource) {}
    }

    /// A request of one path.
    struct Call {
        let request: Request
        /// What follows `/api/v1/`.
        let path: [String]
        let body: ByteBuffer

        func fields() throws -> RequestFields { try RequestFields(parsing: body) }

        /// Of the bytes, to know a call by that is sent again.
        var fingerprint: Int {
            var hasher = Hasher()
            hasher.combine(request.uri.path)
            body.withUnsafeReadableBytes { hasher.combine(bytes: $0) }
            return hasher.finalize()
        }

        /// - Throws: `RequestProblem` when the query's value is no whole number in the range.
        func query(_ name: String, _ otherwise: Int, in range: ClosedRange<Int>) throws -> Int {
            guard let text = request.uri.queryParameters[Substring(name)] else { return otherwise }
            guard let value = Int(text), range.contains(value) else {
                throw RequestProblem.badValue(
                    "\(name) is \"\(text)\"; expected a whole number from \(range.lowerBound) to \(range.upperBound)",
                    parameter: name)
            }
            return value
        }
    }

    let registry: TinkerRegistry
    let base: TinkerBase
    let settings: TinkerService.Settings

    var limits: TinkerDatum.Limits { .init(vocabulary: base.vocabularySize, context: base.context) }

    private typealias Answer = (Call) async throws -> Response

    private var posts: [String: Answer] {
        [
            "client/config": clientConfig, "create_session": createSession, "session_heartbeat": heartbeat,
            "telemetry": { _ in Response(json: ["status": "accepted"]) }, "create_model": createModel,
            "get_info": info, "unload_model": unload, "forward": forward, "forward_backward": forwardBackward,
            "optim_step": optimizerStep, "save_weights": saveWeights, "load_weights": loadWeights,
            "save_weights_for_sampler": saveForSampler, "create_sampling_session": createSamplingSession,
            "asample": sample, "retrieve_future": retrieve, "weights_info": weightsInfo,
        ]
    }

    private var gets: [String: Answer] {
        [
            "healthz": { _ in Response(json: ["status": "ok"]) }, "get_server_capabilities": capabilities,
            "training_runs": trainingRuns, "checkpoints": allCheckpoints, "sessions": sessions,
        ]
    }

    func respond(to request: Request, context: Context) async throws -> Response {
        do { return try await answer(request) } catch { return RequestProblem(serving: error).tinkerResponse }
    }

    private func answer(_ request: Request) async throws -> Response {
        let prefix = "/api/v1/"
        let path = request.uri.path
        let (posts, gets) = (posts, gets)
        guard path.hasPrefix(prefix) else {
            throw RequestProblem.unknownPath(path, among: (Array(posts.keys) + Array(gets.keys)).map { prefix + $0 })
        }
        let name = String(path.dropFirst(prefix.count))
        let parts = name.split(separator: "/").map(String.init)
        if name != "healthz", !isDownload(parts) { try checkKey(request) }
        let body = try await request.plainBody(upTo: settings.maximumBodyBytes)
        let call = Call(request: request, path: parts, body: body)
        if let post = posts[name] {
            try request.require(.post)
            return try await post(call)
        }
        if let get = gets[name] {
            try request.require(.get)
            return try await get(call)
        }
        guard let answer = try await resource(call) else {
            throw RequestProblem.unknownPath(path, among: (Array(posts.keys) + Array(gets.keys)).map { prefix + $0 })
        }
        return answer
    }

    /// A download has a secret in its address instead.
    private func isDownload(_ parts: [String]) -> Bool { parts.count == 2 && parts[0] == "archives" }

    /// - Throws: `RequestProblem` unless the client has the key.
    private func checkKey(_ request: Request) throws {
        guard let key = settings.key else { return }
        let bearer = request.headers[.authorization].flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
        guard request.headers[.apiKey] == key || bearer == key else {
            throw RequestProblem(
                status: .unauthorized,
                message: "the key is missing or wrong; expected the server's in X-API-Key (the SDK: TINKER_API_KEY)",
                type: "authentication_error", code: "invalid_api_key")
        }
    }
}

extension Request {
    /// The whole body of a request that is JSON, or has none.
    ///
    /// - Throws: `RequestProblem` when it is too large, compressed, or protobuf.
    fileprivate func plainBody(upTo maximumBytes: Int) async throws -> ByteBuffer {
        if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw RequestProblem(
                status: .unsupportedMediaType,
                message: "the body is encoded as \(encoding); expected JSON as it is", type: "invalid_request_error",
                code: "unsupported_encoding")
        }
        if let type = headers[.contentType], type.lowercased().contains("protobuf") {
            throw RequestProblem(
                status: .unsupportedMediaType,
                message: "the body is protobuf; expected JSON, as the SDK tinker 0.22.0 sends it",
                type: "invalid_request_error", code: "unsupported_content_type")
        }
        return try await wholeBody(upTo: maximumBytes)
    }
}

extension HTTPField.Name {
    fileprivate static let apiKey = HTTPField.Name("X-API-Key")!
}

extension RequestProblem {
    /// In the API's form: `{"error": …, "category": "user" or "server", "detail": …}`.
    var tinkerResponse: Response {
        var response = Response(
            status: status,
            json: [
                "error": .string(message), "category": status.code < 500 ? "user" : "server",
                "detail": .string(message), "param": parameter.map(JSONValue.string) ?? .null,
            ])
        if let retryAfter { response.headers[.retryAfter] = "\(retryAfter)" }
        return response
    }
}
