import Foundation
import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// What the service remembers: sessions, the models in training, what is sampled from, and the answers to come.
///
/// Keeps: a call that is sent again is not carried out again; it gets the id that it got before. What a session holds
/// is freed when it ends, except checkpoints.
actor TinkerRegistry {
    struct Session {
        let created = Date()
        let userMetadata: JSONValue
        var lastSign: ContinuousClock.Instant
        var models: [String] = []
        /// By the client's own numbers.
        var modelRequests: [Int: Repeatable] = [:]
        var samplers: [Int: String] = [:]
        /// Folders of unnamed weights, the oldest first.
        var snapshots: [URL] = []
    }

    /// What a call that comes twice is known by, and what it was answered.
    struct Repeatable {
        let fingerprint: Int
        let request: String
        let model: String
    }

    struct LiveModel {
        let worker: ModelWorker
        var order = CallOrder<ModelWorker.Call>()
        var taken: [Int: Repeatable] = [:]
        var lastCall = Date()
        /// Since when a call has been waiting for one before it that hasn't come.
        var waitingSince: ContinuousClock.Instant?
    }

    struct LiveSampler {
        let session: String
        let source: SamplerPool.Source
        /// Of named weights.
        let path: TinkerPath?
        /// Whether its weights were let go of.
        var isGone = false
        var taken: [Int: Repeatable] = [:]
    }

    nonisolated let base: TinkerBase
    nonisolated let settings: TinkerService.Settings
    nonisolated let shelf: CheckpointShelf
    nonisolated let pool: SamplerPool
    nonisolated let futures = FutureTable()
    var sessions: [String: Session] = [:]
    var models: [String: LiveModel] = [:]
    var samplers: [String: LiveSampler] = [:]
    var archives: [String: (path: TinkerPath, expires: ContinuousClock.Instant)] = [:]
    private var sampling: [String: Task<Void, Never>] = [:]
    private var watch: Task<Void, Never>?
    private var isStopped = false
    /// Of unnamed weights; goes away with the server.
    let snapshotFolder: URL

    /// - Throws: `WhetError` when the folder of the checkpoints cannot be made.
    init(base: TinkerBase, settings: TinkerService.Settings) throws {
        self.base = base
        self.settings = settings
        let temporary = FileManager.default.temporaryDirectory.appending(
            path: "whet-tinker-\(UUID().uuidString)", directoryHint: .isDirectory)
        let root = settings.checkpoints ?? temporary
        shelf = CheckpointShelf(root: root)
        snapshotFolder = try SnapshotFolder.make(in: root)
        pool = SamplerPool(base: base, threads: settings.threads, places: settings.maximumSamplers)
    }

    func log(_ line: String) { settings.log(line) }

    /// Looks after sessions that fell silent, from the first call on.
    func watchOver() {
        guard watch == nil, !isStopped else { return }
        watch = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(5))
                await self?.tidy(at: .now)
            }
        }
    }

    /// Ends everything; returns when nothing runs.
    func stop() async {
        guard !isStopped else { return }
        isStopped = true
        watch?.cancel()
        futures.stop()
        await pool.stop()
        for task in sampling.values { task.cancel() }
        for task in sampling.values { await task.value }
        for id in models.keys { await endModel(id) }
        await pool.stop()
        try? FileManager.default.removeItem(at: snapshotFolder)
        if settings.checkpoints == nil { try? FileManager.default.removeItem(at: shelf.root) }
    }
}

// MARK: Sessions

extension TinkerRegistry {
    func createSession(userMetadata: JSONValue) -> String {
        watchOver()
        let id = TinkerName.new("session")
        sessions[id] = Session(userMetadata: userMetadata, lastSign: .now)
        return id
    }

    /// - Throws: `RequestProblem` when there is no such session.
    func heartbeat(_ id: String) throws { try sign(of: id) }

    /// - Throws: `RequestProblem` when there is no such session.
    func sign(of id: String) throws {
        guard sessions[id] != nil else {
            throw TinkerProblem.missing(
                "session", id, because: "it ended after \(settings.sessionTimeout) without a heartbeat, or never was")
        }
        sessions[id]?.lastSign = .now
    }

    /// Ends sessions that have been silent for too long, and whatever else has had its time.
    func tidy(at now: ContinuousClock.Instant, date: Date = Date()) async {
        for (id, session) in sessions where now - session.lastSign > settings.sessionTimeout {
            log("session \(id) ends: nothing was heard of it for \(settings.sessionTimeout)")
            await endSession(id)
        }
        for (id, model) in models {
            guard let since = model.waitingSince, now - since > settings.sessionTimeout else { continue }
            for call in models[id]?.order.takeEarly() ?? [] {
                futures.settle(call.request, .failed(CallFailure("a call with a lower seq_id never came", isOfClient: true)))
            }
            models[id]?.waitingSince = nil
        }
        futures.drop(settledBefore: now - .seconds(1_800))
        archives = archives.filter { $0.value.expires > now }
        let shelf = shelf
        for path in (try? await Blocking.run { shelf.removeExpired(at: date) }) ?? [] {
            await pool.forget(.directory(shelf.directory(path)))
            log("checkpoint \(path) has expired and was removed")
        }
    }

    private func endSession(_ id: String) async {
        guard let session = sessions.removeValue(forKey: id) else { return }
        for model in session.models { await endModel(model) }
        for (sampler, state) in samplers where state.session == id { samplers[sampler] = nil }
        for snapshot in session.snapshots { await letGo(of: snapshot) }
        futures.drop(session: id)
    }

    func endModel(_ id: String) async {
        guard var model = models.removeValue(forKey: id) else { return }
        await model.worker.end(waiting: model.order.takeEarly())
    }

    private func letGo(of snapshot: URL) async {
        await pool.forget(.directory(snapshot))
        try? FileManager.default.removeItem(at: snapshot)
    }

    /// Remembers a folder of unnamed weights, and lets go of the oldest if there are too many.
    func keep(snapshot: URL, session: String) async {
        sessions[session]?.snapshots.append(snapshot)
        while let count = sessions[session]?.snapshots.count, count > settings.maximumSnapshots {
            guard let oldest = sessions[session]?.snapshots.removeFirst() else { return }
            for (id, sampler) in samplers where sampler.source == .directory(oldest) { samplers[id]?.isGone = true }
            await letGo(of: oldest)
        }
    }
}

// MARK: Calls of models

extension TinkerRegistry {
    /// - Throws: `RequestProblem` when there is no such model.
    func model(_ id: String) throws -> LiveModel {
        guard let model = models[id] else {
            throw TinkerProblem.missing(
                "model", id, because: "it was unloaded, its session ended, or it is of a server before this one")
        }
        return model
    }

    /// Takes a call of a model; it is carried out in its turn.
    ///
    /// - Parameters:
    ///   - number: its `seq_id`.
    ///   - fingerprint: of what was sent, to know a repeated call by.
    /// - Returns: the id of the answer.
    /// - Throws: `RequestProblem` when there is no such model, or the number was taken by another call.
    func submit(
        _ id: String, number: Int?, fingerprint: Int, work: @escaping ModelWorker.Work
    ) throws -> String {
        let model = try model(id)
        try sign(of: model.worker.session)
        if let number {
            if let earlier = model.taken[number] {
                guard earlier.fingerprint == fingerprint else { throw TinkerProblem.reused(number) }
                return earlier.request
            }
            guard model.order.isFree(number) else { throw TinkerProblem.reused(number) }
        }
        let request = futures.open(session: model.worker.session)
        arrive(id, .init(request: request, work: work), number: number)
        if let number {
            models[id]?.taken[number] = Repeatable(fingerprint: fingerprint, request: request, model: id)
        }
        return request
    }

    /// The turn of a call that was refused passes, so that those after it are not held up.
    func refuse(_ id: String, number: Int?) {
        guard let number, number > 0, models[id] != nil else { return }
        arrive(id, nil, number: number)
    }

    private func arrive(_ id: String, _ call: ModelWorker.Call?, number: Int?) {
        guard var model = models[id] else { return }
        let due = model.order.arrive(call, number: number)
        model.lastCall = Date()
        model.waitingSince = model.order.isWaiting ? (due.isEmpty ? model.waitingSince ?? .now : .now) : nil
        models[id] = model
        model.worker.carryOut(due)
    }

    /// Begins a model in training.
    ///
    /// - Returns: its id, and that of the answer.
    /// - Throws: `RequestProblem` when there is no such session, or no room.
    func createModel(
        session: String, number: Int?, fingerprint: Int, run: CheckpointShelf.Run
    ) throws -> (model: String, request: String) {
        try sign(of: session)
        if let number, let earlier = sessions[session]?.modelRequests[number] {
            guard earlier.fingerprint == fingerprint else { throw TinkerProblem.reused(number) }
            return (earlier.model, earlier.request)
        }
        guard !isStopped, models.count < settings.maximumModels else {
            throw RequestProblem.badValue(
                "\(models.count) models are in training already, and each takes some "
                    + "\(TinkerProblem.megabytes(20 * base.parameterCount)); unload_model one, let its session end, or "
                    + "start the server with a larger --models", parameter: nil, code: "too_many_models")
        }
        let id = TinkerName.new("model")
        let worker = ModelWorker(id: id, session: session, run: run, futures: futures)
        models[id] = LiveModel(worker: worker)
        sessions[session]?.models.append(id)
        let request = futures.open(session: session)
        let (base, settings) = (base, settings)
        worker.carryOut([
            .init(request: request) { worker in
                worker.begin(
                    EmbeddedBackend(
                        model: base.model,
                        settings: .init(threads: settings.threads, microBatchTokens: settings.microBatchTokens),
                        tokenizer: base.directory))
                return ByteBuffer(json: ["type": "create_model", "model_id": .string(worker.id)])
            }
        ])
        if let number {
            sessions[session]?.modelRequests[number] = Repeatable(
                fingerprint: fingerprint, request: request, model: id)
        }
        log(
            "model \(id): all \(base.parameterCount) weights are trained"
                + (run.rank > 0 ? ", not a LoRA adapter of rank \(run.rank)" : ""))
        return (id, request)
    }

    /// Ends a model once what was called before is done.
    func unload(_ id: String, fingerprint: Int) throws -> String {
        try submit(id, number: nil, fingerprint: fingerprint) { [weak self] worker in
            // Not awaited: it waits for this very call to end.
            Task { await self?.endModel(worker.id) }
            return ByteBuffer(json: ["type": "unload_model", "model_id": .string(worker.id)])
        }
    }
}

// MARK: Sampling

extension TinkerRegistry {
    /// - Parameter number: the client's own number of it; the same again gives the same id.
    func createSampler(
        session: String, number: Int?, source: SamplerPool.Source, path: TinkerPath?
    ) throws -> String {
        try sign(of: session)
        if let number, let earlier = sessions[session]?.samplers[number] { return earlier }
        let id = TinkerName.new("sampler")
        samplers[id] = LiveSampler(session: session, source: source, path: path)
        if let number { sessions[session]?.samplers[number] = id }
        return id
    }

    /// - Throws: `RequestProblem` when there is none, or its weights are gone.
    func sampler(_ id: String) throws -> LiveSampler {
        guard let sampler = samplers[id] else {
            throw TinkerProblem.missing(
                "sampling session", id, because: "its session ended, or it is of a server before this one")
        }
        guard !sampler.isGone else {
            throw TinkerProblem.missing(
                "sampling session", id,
                because: "its weights were let go of after \(settings.maximumSnapshots) newer ones; keep weights with "
                    + "save_weights_for_sampler and a name")
        }
        return sampler
    }

    /// Samples from a sampling session.
    ///
    /// - Returns: the id of the answer.
    func sample(_ id: String, number: Int?, fingerprint: Int, _ call: SamplingCall) throws -> String {
        let sampler = try sampler(id)
        try sign(of: sampler.session)
        if let number, let earlier = sampler.taken[number] {
            guard earlier.fingerprint == fingerprint else { throw TinkerProblem.reused(number) }
            return earlier.request
        }
        let request = try sample(sampler.source, session: sampler.session, call)
        if let number { samplers[id]?.taken[number] = Repeatable(fingerprint: fingerprint, request: request, model: id) }
        return request
    }

    /// Samples from weights that no sampling session was made for.
    func sample(_ source: SamplerPool.Source, session: String, _ call: SamplingCall) throws -> String {
        guard !isStopped else { throw CancellationError() }
        let request = futures.open(session: session)
        let (pool, futures) = (pool, futures)
        sampling[request] = Task { [weak self] in
            let outcome: FutureTable.Outcome
            do {
                outcome = .done(try await pool.withSampler(source) { try await call.answer($0, id: request) })
            } catch { outcome = .failed(CallFailure(error)) }
            futures.settle(request, outcome)
            await self?.finished(request)
        }
        return request
    }

    private func finished(_ request: String) { sampling[request] = nil }
}

/// What is often wrong.
enum TinkerProblem {
    static func missing(_ kind: String, _ id: String, because reason: String) -> RequestProblem {
        RequestProblem(
            status: .notFound, message: "there is no \(kind) \"\(id)\": \(reason)", type: "invalid_request_error",
            code: "not_found")
    }

    static func reused(_ number: Int) -> RequestProblem {
        .badValue(
            "another call had the number \(number) already; expected numbers from 1 up, each once",
            parameter: "seq_id", code: "sequence_number_reused")
    }

    static func megabytes(_ bytes: Int) -> String {
        bytes >= 1_000_000_000
            ? "\((Double(bytes) / 1e8).rounded() / 10) GB" : "\(max(1, bytes / 1_000_000)) MB"
    }
}
