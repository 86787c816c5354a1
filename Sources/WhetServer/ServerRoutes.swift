import Hummingbird
import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// Answers requests by path.
///
/// Keeps: every answer is JSON but metrics and event streams; nothing a client sends ends the server or another's
/// request.
struct ServerRoutes: HTTPResponder {
    /// What is known of where a request came from.
    struct Context: InitializableFromSource {
        let channel: any Channel
        init(source: ApplicationRequestContextSource) { channel = source.channel }
    }

    /// A request with its body.
    struct Call {
        let body: ByteBuffer
        let channel: any Channel
        /// What the client calls it.
        let requestID: String?
    }

    let model: ServedModel
    let watch: ConnectionWatch
    let maximumBodyBytes: Int
    /// Seconds since 1970.
    let started: Int

    private static let gets: Set = [
        "/health", "/v1/models", "/metrics", "/get_weight_version", "/get_model_info", "/model_info", "/",
    ]
    private static let posts: Set = [
        "/v1/completions", "/v1/chat/completions", "/generate", "/abort_request", "/update_weights_from_disk",
        "/tokenize",
        "/detokenize",
    ]

    func respond(to request: Request, context: Context) async throws -> Response {
        do {
            let path = request.uri.path
            if ServerRoutes.gets.contains(path) {
                try request.require(.get)
                return get(path)
            }
            guard ServerRoutes.posts.contains(path) else {
                throw RequestProblem.unknownPath(
                    path, among: ServerRoutes.gets.union(ServerRoutes.posts).subtracting(["/"]))
            }
            try request.require(.post)
            let call = Call(
                body: try await request.wholeBody(upTo: maximumBodyBytes), channel: context.channel,
                requestID: request.headers[values: .requestID].first)
            return try await post(path, call)
        } catch {
            return RequestProblem(serving: error).response
        }
    }

    private func get(_ path: String) -> Response {
        switch path {
        case "/v1/models": return models()
        case "/get_weight_version": return weightVersion()
        case "/get_model_info", "/model_info": return modelInfo()
        case "/metrics":
            let text = MetricsText.of(model.engine.statistics, settings: model.engine.settings, model: model.name)
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        default: return Response(json: ["status": "ok", "model": .string(model.name)])
        }
    }

    private func post(_ path: String, _ call: Call) async throws -> Response {
        switch path {
        case "/v1/completions": try await completions(call)
        case "/v1/chat/completions": try await chatCompletions(call)
        case "/generate": try await generate(call)
        case "/abort_request": try await abortRequest(call)
        case "/update_weights_from_disk": try await updateWeights(call)
        case "/tokenize": try tokenize(call)
        default: try detokenize(call)
        }
    }
}

// MARK: Sampling for a client that may leave

extension ServerRoutes {
    func generate(_ batch: SampleBatch, _ call: Call) async throws -> [GenerationEngine.Output] {
        let (engine, ticket) = (model.engine, batch.ticket)
        return try await watch.watching(call.channel, gone: { engine.cancel(ticket) }) {
            try await engine.generate(batch.requests, ticket: ticket)
        }
    }

    func stream(
        _ batch: SampleBatch, _ call: Call, progress: EventStream.Progress,
        events: @escaping @Sendable (inout EventStream.Progress, GenerationEngine.Stream.Event) -> [JSONText],
        closing: @escaping @Sendable (EventStream.Progress) -> [JSONText]
    ) async throws -> Response {
        let (engine, ticket, watch, channel) = (model.engine, batch.ticket, watch, call.channel)
        let stream = try engine.stream(batch.requests, ticket: ticket)
        watch.begin(channel) { engine.cancel(ticket) }
        return try await EventStream.response(
            stream,
            ended: {
                watch.end(channel)
                engine.cancel(ticket)
            },
            events: events, closing: closing, progress: progress)
    }
}
