import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals
import WhetCore
import WhetEngine

/// An inference server over an embedded engine: OpenAI's and SGLang's routes, on Hummingbird.
///
///     let server = EmbeddedServer(try ServedModel(directory: URL(filePath: "model")))
///     try await server.withServer { url in … }
///
/// Keeps: serves once; when it has ended, nothing of it runs on. Requests that are running when it ends return what
/// they have, as aborted.
public struct EmbeddedServer: Sendable {
    public struct Settings: Hashable, Sendable {
        public var host: String
        /// 0 takes any that is free.
        public var port: Int
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

    public let model: ServedModel
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
        let (ports, report) = AsyncStream<Int>.makeStream()
        let group = serviceGroup(signals: []) { report.yield($0) }
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { report.finish() }
                try await start(group)
            }
            var port: Int?
            for await first in ports {
                port = first
                break
            }
            guard let port else {
                try await tasks.waitForAll()
                throw CancellationError()
            }
            let outcome: Swift.Result<Result, any Error>
            do { outcome = .success(try await body(try url(port: port))) } catch { outcome = .failure(error) }
            await group.triggerGracefulShutdown()
            await model.engine.stop()
            try await tasks.waitForAll()
            return try outcome.get()
        }
    }

    /// Serves until the process gets SIGINT or SIGTERM, or the task is cancelled.
    ///
    /// - Parameter started: called with the server's address once it can be reached.
    /// - Throws: `WhetError` when the port cannot be had.
    public func run(started: @escaping @Sendable (URL) -> Void = { _ in }) async throws {
        let engine = model.engine
        let group = serviceGroup(signals: [.sigint, .sigterm]) { port in
            if let url = try? url(port: port) { started(url) }
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await start(group) }
            try await tasks.waitForAll()
        }
        await engine.stop()
    }

    private func serviceGroup(signals: [UnixSignal], running: @escaping @Sendable (Int) -> Void) -> ServiceGroup {
        let watch = ConnectionWatch()
        var logger = Logger(label: "whet.server")
        logger.logLevel = .warning
        let application = Application(
            responder: ServerRoutes(
                model: model, watch: watch, maximumBodyBytes: settings.maximumBodyBytes,
                started: Int(Date().timeIntervalSince1970)),
            server: .http1(configuration: .init(additionalChannelHandlers: [watch.handler()])),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: "whet", backlog: 4_096),
            onServerRunning: { channel in running(channel.localAddress?.port ?? settings.port) }, logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: application),
                // The last to start is the first to end.
                .init(service: AbortingAtShutdown(engine: model.engine)),
            ],
            gracefulShutdownSignals: signals, logger: logger)
        configuration.maximumGracefulShutdownDuration = settings.gracePeriod
        return ServiceGroup(configuration: configuration)
    }

    private func start(_ group: ServiceGroup) async throws {
        do { try await group.run() } catch let error as IOError {
            throw WhetError(
                "the server cannot listen on \(settings.host):\(settings.port): \(error)",
                expected: "an address of this machine and a port that nobody has",
                remedy: "choose another port, or 0 for any that is free")
        }
    }

    private func url(port: Int) throws -> URL {
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        guard let url = URL(string: "http://\(host):\(port)") else {
            throw WhetError("\"\(settings.host)\" is no host name")
        }
        return url
    }
}

/// Ends what is running as soon as the server is to end, so that no client has to be waited for.
private struct AbortingAtShutdown: Service {
    let engine: GenerationEngine

    func run() async throws {
        try await gracefulShutdown()
        await engine.stop()
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name("X-Request-Id")!
}
