import Foundation
import WhetCore
import WhetEngine
import WhetServing

/// The embedded engine behind the Tinker API: clients of that service train and sample on this machine.
///
///     let service = try TinkerService(directory: URL(filePath: "model"))
///     try await service.withServer { url in … }                 // TINKER_BASE_URL=url
///
/// It trains all weights: a LoRA rank is accepted, and has no effect.
///
/// Keeps: serves once; when it has ended, nothing of it runs on, and of what it wrote only checkpoints remain.
public struct TinkerService: Sendable {
    /// Where it listens, what it takes, and how much of it at a time.
    public struct Settings: Sendable {
        /// A name or an address of this machine.
        public var host = "127.0.0.1"
        /// 0 takes any that is free.
        public var port = 0
        /// How many of the machine's cores may work.
        public var threads = ProcessInfo.processInfo.activeProcessorCount
        /// Tokens of a training call whose activations are in memory at a time.
        public var microBatchTokens = 2_048
        /// Models in training at a time; each takes some `trainingBytes` a parameter.
        public var maximumModels = 4
        /// Sets of weights that are sampled from at a time; each takes some `samplingBytes` a parameter. Others are read
        /// again when they are asked for.
        public var maximumSamplers = 4
        /// Unnamed weights for sampling that a session may have; the oldest go first.
        public var maximumSnapshots = 16
        /// Where checkpoints lie; nil for a temporary folder that goes away with the server.
        public var checkpoints: URL?
        /// What clients must send as X-API-Key; nil lets anybody in.
        public var key: String?
        /// A session of which nothing is heard for so long ends.
        public var sessionTimeout = Duration.seconds(300)
        /// How long `retrieve_future` waits before it says that there is no answer yet.
        public var retrievalPatience = Duration.seconds(20)
        /// Larger requests are refused.
        public var maximumBodyBytes = 256 << 20
        /// How long connections may take to end before they are cut.
        public var gracePeriod = Duration.seconds(5)
        /// Gets a line where a person who runs the server should know.
        public var log: @Sendable (String) -> Void = { _ in }

        public init() {}
    }

    /// What a model in training takes for a parameter: weights twice, gradient, two moments.
    public static let trainingBytes = 20
    /// What a set of weights that is sampled from takes for one: weights twice.
    public static let samplingBytes = 8

    /// Where it listens, what it takes, and how much of it at a time.
    public let settings: Settings
    /// What clients call the model.
    public var name: String { base.name }
    private let base: TinkerBase

    /// How much memory its models take, in a line.
    public var memory: String {
        let bytes = { (each: Int) in TinkerProblem.megabytes(each * base.parameterCount) }
        return "all weights are trained, not LoRA adapters: \(bytes(Self.trainingBytes)) a model in training (at most "
            + "\(settings.maximumModels)), \(bytes(Self.samplingBytes)) a set of weights that is sampled from (at most "
            + "\(settings.maximumSamplers)), activations beside"
    }

    /// - Parameters:
    ///   - directory: the model that training starts from.
    ///   - name: what clients call it. The directory's path if nil, under which the SDK finds the tokenizer as well.
    /// - Throws: `WhetError` that names the file which is missing or wrong.
    public init(directory: URL, name: String? = nil, settings: Settings = Settings()) throws {
        self.settings = settings
        base = try TinkerBase(directory: directory, name: name)
    }

    /// Serves while `body` runs.
    ///
    /// - Parameter body: given the server's address, such as `http://127.0.0.1:41873`.
    /// - Throws: `WhetError` when the port cannot be had; what `body` throws.
    public func withServer<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        try await service().withServer(body)
    }

    /// Serves until the process gets SIGINT or SIGTERM, or the task is cancelled.
    ///
    /// - Parameter started: called with the server's address once it can be reached.
    /// - Throws: `WhetError` when the port cannot be had.
    public func run(started: @escaping @Sendable (URL) -> Void = { _ in }) async throws {
        try await service().run(started: started)
    }

    func service() throws -> HTTPService<TinkerRoutes> {
        let registry = try TinkerRegistry(base: base, settings: settings)
        return HTTPService(
            TinkerRoutes(registry: registry, base: base, settings: settings), watch: ConnectionWatch(),
            address: .init(host: settings.host, port: settings.port, gracePeriod: settings.gracePeriod),
            stop: { await registry.stop() })
    }
}
