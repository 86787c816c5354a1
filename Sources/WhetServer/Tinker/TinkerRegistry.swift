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
        /// Why its weights are there no more.
        var loss: String?
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
    var sampling: [String: Task<Void, Never>] = [:]
    private var watch: Task<Void, Never>?
    var isStopped = false
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
                futures.settle(
                    call.request, .failed(CallFailure("a call with a lower seq_id never came", isOfClient: true)))
            }
            models[id]?.waitingSince = nil
        }
        futures.drop(settledBefore: now - .seconds(1_800))
        archives = archives.filter { $0.value.expires > now }
        let shelf = shelf
        for path in (try? await Blocking.run { shelf.removeExpired(at: date) }) ?? [] {
            await lose(shelf.directory(path), because: "\(path) has expired")
            log("checkpoint \(path) has expired and was removed")
        }
    }

    func endSession(_ id: String) async {
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
        guard sessions[session] != nil else { return await letGo(of: snapshot) }
        sessions[session]?.snapshots.append(snapshot)
        while let count = sessions[session]?.snapshots.count, count > settings.maximumSnapshots {
            guard let oldest = sessions[session]?.snapshots.removeFirst() else { return }
            await lose(
                oldest,
                because: "its weights were let go of after \(settings.maximumSnapshots) newer ones; keep weights with "
                    + "save_weights_for_sampler and a name")
            await letGo(of: oldest)
        }
    }

    /// Weights are no longer what they were when sampling sessions were made for them.
    func lose(_ directory: URL, because reason: String) async {
        for (id, sampler) in samplers where sampler.source == .directory(directory) { samplers[id]?.loss = reason }
        await pool.forget(.directory(directory))
    }
}
