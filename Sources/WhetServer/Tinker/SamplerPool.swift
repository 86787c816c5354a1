import Foundation
import WhetCore
import WhetEngine

/// The engines that are sampled from: a bounded number of them, made when they are asked for.
///
/// Keeps: at most so many at a time; who asks for one more waits until one is idle. An engine's weights never change.
actor SamplerPool {
    /// Where weights come from.
    enum Source: Hashable, Sendable {
        case base
        case directory(URL)
    }

    /// Weights that can be sampled from, and asked for the log-probabilities of a prompt.
    struct Sampler: Sendable {
        let engine: GenerationEngine
        /// A trainer of the same weights that never trains: what it needs for that is never touched, so never taken.
        let scorer: OnDemand<EmbeddedBackend>
    }

    private struct Entry {
        let sampler: OnDemand<Sampler>
        var users = 0
        var lastUse = 0
        var isForgotten = false
    }

    private let base: TinkerBase
    private let threads: Int
    private let places: Int
    private var entries: [Source: Entry] = [:]
    private var uses = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(base: TinkerBase, threads: Int, places: Int) {
        self.base = base
        self.threads = threads
        self.places = max(1, places)
    }

    /// Runs `body` with the sampler of some weights.
    ///
    /// - Throws: `WhetError` when the weights cannot be read; what `body` throws.
    func withSampler<Value: Sendable>(
        _ source: Source, _ body: @Sendable (Sampler) async throws -> Value
    ) async throws -> Value {
        let sampler = await enter(source)
        do {
            let value = try await body(try await sampler.value())
            await leave(source)
            return value
        } catch {
            await leave(source)
            throw error
        }
    }

    private func enter(_ source: Source) async -> OnDemand<Sampler> {
        while entries[source] == nil, entries.count >= places {
            if let idle = entries.filter({ $0.value.users == 0 }).min(by: { $0.value.lastUse < $1.value.lastUse }) {
                entries[idle.key] = nil
                await SamplerPool.stop(idle.value)
            } else {
                await withCheckedContinuation { waiting.append($0) }
            }
        }
        uses += 1
        var entry = entries[source] ?? Entry(sampler: sampler(of: source))
        entry.users += 1
        entry.lastUse = uses
        entry.isForgotten = false
        entries[source] = entry
        return entry.sampler
    }

    private func leave(_ source: Source) async {
        entries[source]?.users -= 1
        if let entry = entries[source], entry.users == 0 {
            if entry.isForgotten {
                entries[source] = nil
                await SamplerPool.stop(entry)
            }
            let others = waiting
            waiting = []
            for other in others { other.resume() }
        }
    }

    private func sampler(of source: Source) -> OnDemand<Sampler> {
        let (base, threads) = (base, threads)
        return OnDemand {
            let model: Model =
                switch source {
                case .base: base.model
                case .directory(let directory): try await Blocking.run { try Model(directory: directory) }
                }
            let tokenizer = base.tokenizer
            return Sampler(
                engine: GenerationEngine(
                    model: model, endTokens: base.endTokens, threads: threads, bytes: { tokenizer.bytes(of: $0) }),
                scorer: OnDemand { EmbeddedBackend(model: model, settings: .init(threads: threads)) })
        }
    }

    /// Weights that nobody will ask for again.
    func forget(_ source: Source) async {
        guard let entry = entries[source] else { return }
        guard entry.users == 0 else {
            entries[source]?.isForgotten = true
            return
        }
        entries[source] = nil
        await SamplerPool.stop(entry)
    }

    /// Ends all engines; what they are sampling comes back as aborted.
    func stop() async {
        for entry in entries.values { await SamplerPool.stop(entry) }
        entries = entries.filter { $0.value.users > 0 }
    }

    private static func stop(_ entry: Entry) async {
        await entry.sampler.ifMade()?.engine.stop()
    }
}

/// Work that blocks on the disk.
enum Blocking {
    /// Runs it on a thread that may block, so neither on a cooperative one nor on the engine's.
    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try work() }) }
        }
    }
}
