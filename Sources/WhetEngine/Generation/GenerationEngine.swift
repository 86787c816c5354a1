import Foundation
import Synchronization
import WhetCore

/// Samples continuations of many prompts at once from one model, on a thread of its own.
///
/// Keeps:
/// - What comes of a request depends on the request and the weights alone: the same bits alone or among others, in
///   whatever order they came (see `GenerationScheduler`).
/// - An output's tokens, and those of all requests of one call, were sampled by one version. New weights wait until
///   what is running has ended; what waits meanwhile is sampled by the new ones. Whoever cannot wait aborts first.
/// - A caller never blocks the engine nor the engine a caller.
public final class GenerationEngine: Sendable {
    private enum Command: Sendable {
        case submit(SubmittedBatch)
        case cancel(Ticket)
        case abort(AbortSelection, @Sendable (Int) -> Void)
        case update(Model, PolicyVersion, @Sendable () -> Void)
        case stop(@Sendable () -> Void)
    }

    /// Its bounds.
    public let settings: Settings
    /// How many tokens a prompt and what follows it may have together.
    public let context: Int
    /// Ids of prompts are below this.
    public let vocabularySize: Int
    /// What all weights that this engine takes have in common.
    let configuration: ModelConfiguration
    private let mailbox = Mailbox<Command>()
    private let published: Published

    /// What the engine's thread shows to others; a class, so that the thread does not keep the engine alive.
    private final class Published: Sendable {
        let statistics: Mutex<Statistics>
        init(_ statistics: Statistics) { self.statistics = Mutex(statistics) }
    }

    /// - Parameters:
    ///   - endTokens: what ends a generation besides a request's own stop tokens.
    ///   - bytes: what tokens stand for; stop strings are looked for in it.
    init<Session: DecodingSession>(
        configuration: ModelConfiguration, version: PolicyVersion, settings: Settings, endTokens: Set<Int32>,
        bytes: @escaping TokenBytes, session: @escaping @Sendable () -> Session
    ) {
        self.settings = settings
        self.configuration = configuration
        context = min(configuration.maximumPositions, settings.maximumCachedTokens)
        vocabularySize = configuration.vocabularySize
        var statistics = Statistics()
        statistics.version = version
        published = Published(statistics)
        let (context, mailbox, published) = (context, mailbox, published)
        let thread = Thread {
            let scheduler = GenerationScheduler(
                session: session(), settings: settings, version: version, context: context, endTokens: endTokens,
                bytes: bytes)
            GenerationEngine.run(scheduler, mailbox, published)
        }
        thread.name = "whet-engine"
        thread.stackSize = 8 << 20
        thread.start()
    }

    deinit { _ = mailbox.post(.stop {}) }

    private static func run<Session: DecodingSession>(
        _ scheduler: GenerationScheduler<Session>, _ mailbox: Mailbox<Command>, _ published: Published
    ) {
        var stops: [@Sendable () -> Void] = []
        while stops.isEmpty {
            for command in mailbox.take(waits: !scheduler.hasWork) {
                switch command {
                case .submit(let batch): scheduler.submit(batch)
                case .cancel(let ticket): scheduler.cancel(ticket)
                case .abort(let selection, let done): done(scheduler.abort(selection))
                case .update(let model, let version, let applied):
                    // Whoever asks for the version once `update` has returned must hear the new one.
                    let told: @Sendable () -> Void = {
                        published.statistics.withLock { $0.version = version }
                        applied()
                    }
                    scheduler.update(.init(model: model, version: version, applied: told))
                case .stop(let done): stops.append(done)
                }
            }
            if !stops.isEmpty { _ = scheduler.abort(.all) }
            scheduler.step()
            published.statistics.withLock { $0 = scheduler.statistics }
        }
        for command in mailbox.close() {
            switch command {
            case .submit(let batch): batch.submissions.forEach { $0.deliver(.failed(Refusal.stopped)) }
            case .cancel: break
            case .abort(_, let done): done(0)
            case .update(_, _, let applied): applied()
            case .stop(let done): stops.append(done)
            }
        }
        stops.forEach { $0() }
    }
}

// MARK: Asking for samples

extension GenerationEngine {
    /// Samples a continuation of every request, all by one version.
    ///
    /// - Parameter ticket: what to `cancel` them by, besides cancelling the task.
    /// - Returns: an output a request, in the requests' order.
    /// - Throws: `Refusal`; `WhetError` for a request that cannot be answered or a model that has diverged;
    ///   `CancellationError`.
    public func generate(_ requests: [Request], ticket: Ticket = Ticket()) async throws -> [Output] {
        for request in requests { try check(request) }
        if requests.isEmpty { return [] }
        let outputs = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let collector = OutputCollector(count: requests.count, reader: continuation)
                submit(requests, ticket, streams: false) { collector.take($0, of: $1) }
            }
        } onCancel: {
            cancel(ticket)
        }
        try Task.checkCancellation()
        return outputs
    }

    /// The same for one request.
    public func generate(_ request: Request) async throws -> Output {
        try await generate([request])[0]
    }

    /// The same, token by token.
    ///
    /// - Throws: `WhetError` for a request that cannot be answered.
    public func stream(_ requests: [Request], ticket: Ticket = Ticket()) throws(WhetError) -> Stream {
        for request in requests { try check(request) }
        let stream = Stream(count: requests.count)
        submit(requests, ticket, streams: true) { stream.take($0, of: $1) }
        return stream
    }

    private func submit(
        _ requests: [Request], _ ticket: Ticket, streams: Bool,
        deliver: @escaping @Sendable (Submission.Event, Int) -> Void
    ) {
        let submissions = requests.enumerated().map { index, request in
            Submission(request: request, deliver: { deliver($0, index) }, streams: streams)
        }
        if !mailbox.post(.submit(SubmittedBatch(ticket: ticket, submissions: submissions))) {
            submissions.forEach { $0.deliver(.failed(Refusal.stopped)) }
        }
    }

    /// Calls requests off whose sender has gone; also those that are on their way still. What they would have returned
    /// ends as an abort.
    public func cancel(_ ticket: Ticket) {
        ticket.cancel()
        _ = mailbox.post(.cancel(ticket))
    }

    /// Ends generations early; their callers get what there is, with the finish reason `abort`.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func abort(_ selection: AbortSelection) async -> Int {
        await withCheckedContinuation { continuation in
            if !mailbox.post(.abort(selection) { continuation.resume(returning: $0) }) {
                continuation.resume(returning: 0)
            }
        }
    }
}

// MARK: Weights, and the end

extension GenerationEngine {
    /// Takes other weights, once all that runs has ended; returns when they are in place.
    ///
    /// - Throws: `WhetError` when the model is of another shape; the old weights then stay. `Refusal.stopped`.
    func update(to model: Model, version: PolicyVersion) async throws {
        guard configuration.hasSameShape(as: model.configuration) else {
            throw WhetError(
                "the new weights are of another model than the one that is served",
                expected: "a config.json that describes the same network as the one the server was started with")
        }
        let model = Model(configuration: configuration, parameters: model.parameters)
        let isTaken = await withCheckedContinuation { continuation in
            if !mailbox.post(.update(model, version) { continuation.resume(returning: true) }) {
                continuation.resume(returning: false)
            }
        }
        if !isTaken { throw Refusal.stopped }
    }

    /// How things stood after the last step.
    public var statistics: Statistics { published.statistics.withLock { $0 } }

    /// Aborts everything and ends the thread; returns when it has.
    public func stop() async {
        await withCheckedContinuation { continuation in
            if !mailbox.post(.stop { continuation.resume() }) { continuation.resume() }
        }
    }
}

extension ModelConfiguration {
    /// Whether weights of one fit the other and mean the same there; named tokens and first weights don't matter.
    fileprivate func hasSameShape(as other: ModelConfiguration) -> Bool {
        var other = other
        other.initializerRange = initializerRange
        other.beginningOfSequence = beginningOfSequence
        other.endOfSequence = endOfSequence
        other.padding = padding
        return self == other
    }
}
