import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals
import WhetCore

/// A responder behind a port, on Hummingbird: what whet's servers have in common.
///
/// Keeps: serves once; when it has ended, nothing of it runs on.
package struct HTTPService<Responder: HTTPResponder>: Sendable
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
    package struct Address: Hashable, Sendable {
        package var host: String
        /// 0 takes any that is free.
        package var port: Int
        /// How long connections may take to end before they are cut.
        package var gracePeriod: Duration

        package init(host: String, port: Int, gracePeriod: Duration) {
            self.host = host
            self.port = port
            self.gracePeriod = gracePeriod
        }
    }

    let responder: Responder
    let watch: ConnectionWatch
    let address: Address
    /// Ends what is being answered, so that no client has to be waited for.
    let stop: @Sendable () async -> Void

    package init(
        _ responder: Responder, watch: ConnectionWatch, address: Address, stop: @escaping @Sendable () async -> Void
    ) {
        self.responder = responder
        self.watch = watch
        self.address = address
        self.stop = stop
    }

    /// Serves while `body` runs.
    ///
    /// - Parameter body: given the server's address, such as `http://127.0.0.1:41873`.
    /// - Throws: `WhetError` when the port cannot be had; what `body` throws.
    package func withServer<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
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
            await stop()
            try await tasks.waitForAll()
            return try outcome.get()
        }
    }

    /// Serves until the process gets SIGINT or SIGTERM, or the task is cancelled.
    ///
    /// - Parameter started: called with the server's address once it can be reached.
    /// - Throws: `WhetError` when the port cannot be had.
    package func run(started: @escaping @Sendable (URL) -> Void) async throws {
        let group = serviceGroup(signals: [.sigint, .sigterm]) { port in
            if let url = try? url(port: port) { started(url) }
        }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await start(group) }
            try await tasks.waitForAll()
        }
        await stop()
    }

    private func serviceGroup(signals: [UnixSignal], running: @escaping @Sendable (Int) -> Void) -> ServiceGroup {
        var logger = Logger(label: "whet.server")
        logger.logLevel = .warning
        let application = Application(
            responder: responder, server: .http1(configuration: .init(additionalChannelHandlers: [watch.handler()])),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: "whet", backlog: 4_096),
            onServerRunning: { channel in running(channel.localAddress?.port ?? address.port) }, logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: application),
                // The last to start is the first to end.
                .init(service: StoppingAtShutdown(stop: stop)),
            ],
            gracefulShutdownSignals: signals, logger: logger)
        configuration.maximumGracefulShutdownDuration = address.gracePeriod
        return ServiceGroup(configuration: configuration)
    }

    private func start(_ group: ServiceGroup) async throws {
        do { try await group.run() } catch let error as IOError {
            let isTaken = error.errnoCode == EADDRINUSE
            throw WhetError(
                "the server cannot listen on \(address.host):\(address.port): \(String(cString: strerror(error.errnoCode)))",
                expected: isTaken ? "a port that nobody has" : "an address of this machine, and a port that may be used",
                remedy: isTaken
                    ? "choose another port, or 0 for any that is free; `ss -ltnp` shows who has it"
                    : "127.0.0.1 for this machine alone, 0.0.0.0 for all that reach it; a port from 1024, or 0 for any")
        } catch is SocketAddressError.UnknownHost {
            throw WhetError(
                "the server cannot listen on \"\(address.host)\": there is no such host",
                expected: "an address or a name of this machine",
                remedy: "127.0.0.1 for this machine alone, 0.0.0.0 for all that reach it")
        }
    }

    private func url(port: Int) throws -> URL {
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        guard let url = URL(string: "http://\(host):\(port)") else {
            throw WhetError("\"\(address.host)\" is no host name", expected: "a host name or an address")
        }
        return url
    }
}

/// Ends what is running as soon as the server is to end.
private struct StoppingAtShutdown: Service {
    let stop: @Sendable () async -> Void

    func run() async throws {
        try await gracefulShutdown()
        await stop()
    }
}

extension HTTPField.Name {
    package static let requestID = HTTPField.Name("X-Request-Id")!
}
