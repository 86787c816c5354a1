import Foundation
import WhetCore
import WhetEngine
import WhetServing

/// An inference server over an embedded engine: OpenAI's and SGLang's routes, on Hummingbird.
///
///     let server = EmbeddedServer(try ServedModel(directory: URL(filePath: "model")))
///     try await server.withServer { url in … }
///
/// Keeps: serves once; when it has ended, nothing of it runs on. Requests that are running when it ends return what
/// they have, as aborted.
public struct EmbeddedServer: Sendable {
    /// Where it listens, and what it takes.
    public struct Settings: Hashable, Sendable {
        /// A name or an address of this machine.
        public var host: String
        /// 0 takes any that is free.
        public var port: Int
        /// Larger requests are refused.
        public var maximumBodyBytes: Int
        /// How long connections may take to end before they are cut.
        public var gracePeriod: Duration

        public init(
            host: String = "127.0.0.1", port: Int = 0, maximumBodyBytes: Int = 32 << 20,
            gracePeriod: Duration = .seconds(5)
        ) {
            self.host = host
            self.port = port
            self.maximumBodyBytes = maximumBodyBytes
            self.gracePeriod = gracePeriod
        }
    }

    /// What it serves.
    public let model: ServedModel
    /// Where it listens, and what it takes.
    public let settings: Settings

    public init(_ model: ServedModel, settings: Settings = Settings()) {
        self.model = model
        self.settings = settings
    }

    /// Serves while `body` runs.
    ///
    /// - Parameter body: given the server's address, such as `http://127.0.0.1:41873`.
    /// - Throws: `WhetError` when the port cannot be had; what `body` throws.
    public func withServer<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        try await service.withServer(body)
    }

    /// Serves until the process gets SIGINT or SIGTERM, or the task is cancelled.
    ///
    /// - Parameter started: called with the server's address once it can be reached.
    /// - Throws: `WhetError` when the port cannot be had.
    public func run(started: @escaping @Sendable (URL) -> Void = { _ in }) async throws {
        try await service.run(started: started)
    }

    private var service: HTTPService<ServerRoutes> {
        let (watch, engine) = (ConnectionWatch(), model.engine)
        return HTTPService(
            ServerRoutes(
                model: model, watch: watch, maximumBodyBytes: settings.maximumBodyBytes,
                started: Int(Date().timeIntervalSince1970)),
            watch: watch,
            address: .init(host: settings.host, port: settings.port, gracePeriod: settings.gracePeriod),
            stop: { await engine.stop() })
    }
}
