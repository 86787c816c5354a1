import Synchronization
import WhetCore
import WhetHTTP

/// A service that speaks the Tinker API over a `Bigram`, and misbehaves as services were seen to.
///
/// What is asked is carried out at once, in the order in which it comes; results are there when they are asked for.
public final class CannedTinker: Sendable {
    /// How the service differs from what the API promises.
    public struct Settings: Sendable {
        /// Divides each sequence's loss by the sum of its weights, as SkyRL's JAX backend does.
        public var dividesByWeights = false
        /// Divides the gradient by the number of sequences, as that does.
        public var dividesBySequences = false
        public var clipsGradients = true
        /// Answers a number that came before with the future that it has.
        public var recognizesRepeats = true
        /// Allows `load_weights` as a model's first request only.
        public var loadsFirst = true
        /// Tells `grad_norm` of a step.
        public var tellsNorms = true
        public var losses: Set<String> = ["cross_entropy", "importance_sampling", "ppo"]
        /// How often `retrieve_future` says 408 before it gives a result.
        public var delays = 0
        /// What must stand in X-API-Key; nil takes anything.
        public var key: String?
        /// Which requests get no proper answer, though they are carried out.
        public var faults: FaultPlan?
        public var models = ["canned"]

        public init() {}
    }

    private let state: CannedTinkerState
    public let server: CannedServer
    public var url: String { server.url }

    /// - Parameters:
    ///   - intercept: answers instead of the service, which then learns nothing of the request; nil lets it through.
    ///     Given the route, such as `optim_step`, and how often that came before.
    ///   - lose: whether the request is carried out, and its answer lost.
    public init(
        _ settings: Settings = Settings(), vocabulary: Int = 24,
        intercept: @escaping @Sendable (_ route: String, _ index: Int) -> CannedReply? = { _, _ in nil },
        lose: @escaping @Sendable (_ route: String, _ index: Int) -> Bool = { _, _ in false }
    ) throws {
        let state = CannedTinkerState(settings, vocabulary: vocabulary)
        self.state = state
        let counts = Counts()
        server = try CannedServer { request in
            guard request.path.hasPrefix("/api/v1/") else { return .json(#"{"detail":"Not Found"}"#, status: 404) }
            let route = String(request.path.dropFirst("/api/v1/".count))
            let index = counts.count(route)
            if let reply = intercept(route, index) { return reply }
            if let key = settings.key, request.headers["X-API-Key"] != key {
                return .json(#"{"detail":"Invalid API key"}"#, status: 401)
            }
            let (status, text) = state.answer(route, request.body)
            if lose(route, index) { return CannedReply([.close]) }
            if let fault = settings.faults?.fault(ofRequest: request.index) { return fault.reply(insteadOf: text) }
            return .json(text, status: status)
        }
    }

    private final class Counts: Sendable {
        private let counts = Mutex<[String: Int]>([:])
        func count(_ route: String) -> Int {
            counts.withLock { counts in
                defer { counts[route, default: 0] += 1 }
                return counts[route, default: 0]
            }
        }
    }

    /// The model that was made last and not unloaded.
    public var model: Bigram? { state.model }
    /// How many steps all models took.
    public var steps: Int { state.steps }
    /// How many models are loaded.
    public var loadedModels: Int { state.loadedModels }
    /// How many heartbeats came.
    public var heartbeats: Int { state.heartbeats }

    /// As after a new start: sessions and models are gone, what was saved is there.
    public func restart() { state.restart() }

    /// How often a route was asked.
    public func count(_ route: String) -> Int { server.requests.count { $0.path == "/api/v1/\(route)" } }
}
