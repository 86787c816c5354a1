import Foundation
import Hummingbird
import NIOCore
import Synchronization
import WhetCore
import WhetServing

/// An OpenAI server for agents, one for all episodes of a run: each has an address of its own.
///
///     try await RecordingProxy.withProxy { proxy in
///         try await proxy.withEpisode(episode) { url, token in … }
///     }
///
/// Keeps: only this machine reaches it, and an episode only who knows its token; when `withProxy` ends, nothing of it
/// runs on.
final class RecordingProxy: Sendable {
    private let episodes = Mutex<[String: RecordedEpisode]>([:])
    private let address: URL

    fileprivate init(address: URL) { self.address = address }

    /// Serves while `body` runs.
    ///
    /// - Throws: `WhetError` when no port can be had; what `body` throws.
    static func withProxy<Result>(_ body: (RecordingProxy) async throws -> Result) async throws -> Result {
        let watch = ConnectionWatch()
        let routes = ProxyRoutes(watch: watch, started: Int(Date().timeIntervalSince1970))
        let service = HTTPService(
            routes, watch: watch, address: .init(host: "127.0.0.1", port: 0, gracePeriod: .seconds(5)),
            stop: { await routes.stop() })
        return try await service.withServer { url in
            let proxy = RecordingProxy(address: url)
            routes.proxy.withLock { $0 = proxy }
            return try await body(proxy)
        }
    }

    /// Serves an episode while `body` runs.
    ///
    /// - Parameter body: given what an agent takes as OPENAI_BASE_URL and OPENAI_API_KEY.
    func withEpisode<Result>(
        _ episode: RecordedEpisode, _ body: (_ url: String, _ token: String) async throws -> Result
    ) async rethrows -> Result {
        let token = "whet-" + (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        episodes.withLock { $0[token] = episode }
        defer { episodes.withLock { $0[token] = nil } }
        return try await body("\(address.absoluteString)/e/\(token)/v1", token)
    }

    fileprivate func episode(_ token: String) -> RecordedEpisode? { episodes.withLock { $0[token] } }

    fileprivate func closeAll() async {
        for episode in episodes.withLock({ Array($0.values) }) { _ = await episode.close() }
    }
}

/// `/e/TOKEN/v1/…`, as an OpenAI server has it from `/v1` on.
private final class ProxyRoutes: HTTPResponder {
    struct Context: InitializableFromSource {
        let channel: any Channel
        init(source: ApplicationRequestContextSource) { channel = source.channel }
    }

    let proxy = Mutex<RecordingProxy?>(nil)
    private let watch: ConnectionWatch
    private let started: Int
    /// Of one call: 32 MiB.
    private static let maximumBodyBytes = 32 << 20

    /// - Parameter started: seconds since 1970.
    init(watch: ConnectionWatch, started: Int) {
        self.watch = watch
        self.started = started
    }

    func stop() async { await proxy.withLock({ $0 })?.closeAll() }

    func respond(to request: Request, context: Context) async throws -> Response {
        var episode: RecordedEpisode?
        var hasBegun = false
        do {
            let parts = request.uri.path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
            if parts == ["health"] { return Response(json: ["status": "ok"]) }
            guard parts.count > 2, parts[0] == "e", parts[2] == "v1" else {
                throw RequestProblem.unknownPath(request.uri.path, among: ["/e/TOKEN/v1", "/health"])
            }
            episode = proxy.withLock { $0 }?.episode(parts[1])
            guard let episode else {
                throw RequestProblem(
                    status: .unauthorized, message: "no episode has this address, or it is over",
                    type: "invalid_request_error", code: "invalid_api_key")
            }
            let path = parts.dropFirst(3).joined(separator: "/")
            if path == "models" || path.hasPrefix("models/") {
                try request.require(.get)
                return models(path == "models" ? nil : String(path.dropFirst("models/".count)), of: episode)
            }
            guard ["chat/completions", "completions"].contains(path) else {
                throw RequestProblem.unknownPath(
                    "/v1/" + path, among: ["/v1/chat/completions", "/v1/completions", "/v1/models"])
            }
            try request.require(.post)
            let fields = try RequestFields(parsing: try await request.wholeBody(upTo: Self.maximumBodyBytes))
            let (sampling, authority) = (episode.setting.limits.sampling, episode.setting.authority)
            let read = path == "completions"
                ? try AgentRequest(completion: fields, sampling: sampling, authority: authority)
                : try AgentRequest(chat: fields, sampling: sampling, authority: authority)
            hasBegun = true
            let call = try episode.begin(read)
            let reply = try await watch.watching(context.channel, gone: { episode.abandon(call) }) {
                try await episode.finish(call)
            }
            return Self.response(reply)
        } catch {
            // `begin` counts its own refusals.
            if !hasBegun { episode?.noteRefusal() }
            return RequestProblem(error).response
        }
    }

    private static func response(_ reply: AgentReply) -> Response {
        guard reply.request.streams else { return Response(text: reply.whole()) }
        return Response(
            status: .ok, headers: EventStreamText.headers,
            body: ResponseBody { writer in
                for piece in reply.pieces() { try await writer.write(EventStreamText.buffer([piece])) }
                try await writer.write(EventStreamText.buffer([], isLast: true))
                try await writer.finish(nil)
            })
    }

    private func models(_ name: String?, of episode: RecordedEpisode) -> Response {
        func model(_ name: String) -> JSONValue {
            ["id": .string(name), "object": "model", "created": .integer(started), "owned_by": "whet"]
        }
        // Every name is the policy's: agents have names of their own built in.
        return Response(json: name.map(model) ?? ["object": "list", "data": [model("policy")]])
    }
}
