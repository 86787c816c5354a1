import Foundation
import WhetAlgorithms
import WhetCore
import WhetHTTP
import WhetTinker

/// A trainer behind the Tinker API: SkyRL's server, the hosted service, `whet serve --tinker`.
///
/// Any loss is trained exactly, though the API has only a few: a forward pass gives the log-probabilities, whet's own
/// loss their slopes g, and cross entropy with the weights −g has the gradient Σ g · ∂log p, which is that loss's. Where
/// the API has the same loss, it is asked for that, which saves the forward pass.
///
/// Keeps:
/// - reports come from the service's log-probabilities through `LossAccounting`, as the embedded engine's do;
/// - what changes gradients or weights is done once; where a lost answer leaves that open, it is said, or the gradients
///   are thrown away;
/// - the key is in no message and no file.
public actor TinkerBackend: TrainerBackend {
    /// What the service's gradients can be trusted for.
    enum Doubt {
        case none
        /// Some of them may be there that should not, or twice.
        case gradients
        /// Nobody knows what the weights are; why, in words.
        case weights(String)
    }

    public nonisolated let capabilities: TrainerCapabilities
    let settings: Settings
    /// What the service was found to do, or said to do by the settings.
    public nonisolated let traits: TinkerTraits
    let connection: TinkerConnection
    /// The service's name for the model beneath the adapters.
    let baseModel: String
    /// One call after the other: their requests must not mix.
    private let turnstile = Turnstile(places: 1)

    var session: TinkerSession
    /// Made when it is needed: a load makes its own.
    private var model: TinkerModel?
    var ledger = BatchLedger()
    var doubt = Doubt.none
    /// Data whose gradient is asked for at the step, from a service that divides by their number.
    private var postponed: [TinkerDatum] = []
    /// A batch had slopes that are not finite.
    private var isInfinite = false
    /// The service may have gradients that no step has cleared yet.
    private var hasSent = false
    /// Optimizer steps in the weights.
    var step = 0

    /// Opens a session, and finds out what the service does (seconds, unless the settings say it).
    ///
    /// - Throws: `WhetError` for a key that is not set, a base model that is not there, a service of another kind.
    public static func connect(_ settings: Settings, client: HTTPClient) async throws -> TinkerBackend {
        let connection = TinkerConnection(
            url: settings.url, client: client, key: try settings.key(), settings: settings.connection)
        do {
            let baseModel = try await connection.model(
                named: settings.baseModel, key: "trainer.base_model")
            let session = try await TinkerSession.open(connection)
            do {
                var traits = settings.traits
                if traits == nil {
                    traits = try await TinkerTraits.probe(session, baseModel: baseModel, rank: settings.rank)
                }
                return TinkerBackend(settings, traits ?? TinkerTraits(), session, baseModel)
            } catch {
                await session.close()
                throw error
            }
        } catch {
            throw TinkerBackend.inWords(error)
        }
    }

    private init(_ settings: Settings, _ traits: TinkerTraits, _ session: TinkerSession, _ baseModel: String) {
        var capabilities = TrainerCapabilities.tinker
        capabilities.gradientClipping = traits.clipsGradients
        self.capabilities = capabilities
        self.settings = settings
        self.traits = traits
        self.session = session
        self.baseModel = baseModel
        connection = session.connection
    }

    /// Has the service forget the model, within a few seconds: it does so by itself when the heartbeats end.
    public func close() async {
        if let model {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await model.unload() }
                group.addTask { try? await Task.sleep(for: .seconds(5)) }
                await group.next()
                group.cancelAll()
            }
        }
        model = nil
        await session.close()
    }

    // MARK: Passes

    public func logProbabilities(of sequences: [TrainingSequence]) async throws -> [[Float]] {
        try await exclusively { backend in
            try backend.check(sequences)
            let data = sequences.filter { $0.tokens.count > 1 }.map { TinkerDatum($0.tokens[...]) }
            var scored = try await backend.forward(data, backend.currentModel())[...]
            return sequences.map { sequence in
                guard sequence.tokens.count > 1 else { return sequence.tokens.map { _ in 0 } }
                return [0] + scored.removeFirst()
            }
        }
    }

    public func forwardBackward(_ batch: TrainingBatch, loss: LossFunction) async throws -> LossReport {
        try await exclusively { backend in
            if let answer = try backend.ledger.answer(toBatch: batch.id) { return answer }
            try LossAccounting.check(batch, loss)
            try backend.check(batch.sequences)
            guard loss.entropyBonus == 0 else {
                throw WhetError(
                    "the service computes no entropy", at: "algorithm.entropy_bonus", expected: "0 with trainer: tinker")
            }
            let report = try await backend.train(batch, loss)
            backend.ledger.add(batch.id, report)
            return report
        }
    }

    /// Sends what the service computes itself, and the slopes of all else.
    private func train(_ batch: TrainingBatch, _ loss: LossFunction) async throws -> LossReport {
        let model = try await soundModel()
        var accounting = LossAccounting(batch: batch, loss: loss)
        let description = loss.description
        var exact: [TinkerLoss: [(index: Int, datum: TinkerDatum)]] = [:]
        var sloped: [(index: Int, datum: TinkerDatum)] = []
        for (index, sequence) in batch.sequences.enumerated() {
            guard let plain = TinkerDatum(trained: sequence) else { continue }
            if let own = description.exactTinkerLoss(component: sequence.component), traits.has(own),
                let datum = TinkerDatum(
                    sequence, under: own, shares: accounting.shares(ofTrained: index),
                    usesAdvantages: description.objectiveName(of: sequence.component) != "cross_entropy")
            {
                isInfinite = isInfinite || !datum.isFinite
                exact[own, default: []].append((index, datum))
            } else {
                sloped.append((index, plain))
            }
        }

        var linear: [TinkerDatum] = []
        for (place, scored) in zip(sloped, try await forward(sloped.map(\.datum), model)) {
            let sequence = batch.sequences[place.index]
            let slopes = accounting.slopes(
                of: place.index, logProbabilities: sequence.trained(scored)[...], entropies: nil)
            if let datum = TinkerDatum(sequence, slopes: slopes.logProbabilities, scored: scored, for: traits) {
                isInfinite = isInfinite || !datum.isFinite
                linear.append(datum)
            }
        }
        guard !isInfinite else {
            // The step will refuse them all; the report is due all the same.
            let plain = exact.values.flatMap(\.self).compactMap { place in
                TinkerDatum(trained: batch.sequences[place.index]).map { (place.index, $0) }
            }
            for ((index, _), scored) in zip(plain, try await forward(plain.map(\.1), model)) {
                _ = accounting.slopes(
                    of: index, logProbabilities: batch.sequences[index].trained(scored)[...], entropies: nil)
            }
            return accounting.report
        }
        if traits.dividesBySequences {
            postponed += linear
            return accounting.report
        }
        return try await changingGradients {
            _ = try await model.forwardBackward(traits.linear, linear, settings.limits)
            for (own, places) in exact.sorted(by: { $0.key.name < $1.key.name }) {
                let scored = try await model.forwardBackward(own, places.map(\.datum), settings.limits)
                for (place, scored) in zip(places, scored) {
                    _ = accounting.slopes(
                        of: place.index, logProbabilities: batch.sequences[place.index].trained(scored)[...],
                        entropies: nil)
                }
            }
            return accounting.report
        }
    }

    // MARK: Steps

    public func optimizerStep(_ id: String, learningRate: Double) async throws -> OptimizerReport {
        try await exclusively { backend in
            if let answer = backend.ledger.answer(toStep: id) { return answer }
            let report = try await backend.takeStep(id, learningRate)
            backend.ledger.apply(id, report)
            return report
        }
    }

    private func takeStep(_ id: String, _ learningRate: Double) async throws -> OptimizerReport {
        guard settings.optimizer.clipNorm == nil || traits.clipsGradients else {
            throw WhetError(
                "the service does not clip gradients", at: connection.name, remedy: "trainer.max_gradient_norm: null")
        }
        guard !isInfinite else {
            dropGradients(inDoubt: true)
            throw WhetError(
                "the gradient is not finite; the weights were left as they are", expected: "finite slopes",
                remedy: "lower the learning rate, or look for infinite advantages and log-probabilities")
        }
        let model = try await soundModel()
        if !postponed.isEmpty { try await sendPostponed(to: model) }
        let norm: Double?
        do {
            norm = try await model.step(settings.optimizer, learningRate: learningRate)
        } catch {
            dropGradients(inDoubt: false)
            doubt = .weights("it is not known whether optimizer step \(id) was taken")
            throw error
        }
        if let norm, !norm.isFinite {
            dropGradients(inDoubt: false)
            doubt = .weights("optimizer step \(id) was taken with a gradient that is not finite")
            try refuseDoubt()
        }
        hasSent = false
        step += 1
        return OptimizerReport(gradientNorm: norm)
    }

    /// Log-probabilities of the scored tokens. `[data][scored tokens]`
    private func forward(_ data: [TinkerDatum], _ model: TinkerModel) async throws -> [[Float]] {
        Array(try await model.forward(padded(data), settings.limits).prefix(data.count))
    }

    /// Services that divide by the number of sequences are SkyRL's JAX ones, which compile anew for each number of
    /// sequences, some seconds each: whole eights are fewer. What fills them up weighs nothing.
    private func padded(_ data: [TinkerDatum]) -> [TinkerDatum] {
        guard traits.dividesBySequences, !data.isEmpty else { return data }
        var nothing = TinkerDatum([1, 1])
        (nothing.weights, nothing.advantages, nothing.logProbabilities) = ([0], [0], [0])
        return data + [TinkerDatum](repeating: nothing, count: (8 - data.count % 8) % 8)
    }

    /// What the service will divide by is known now.
    private func sendPostponed(to model: TinkerModel) async throws {
        let filled = padded(postponed)
        let number = Float(filled.count)
        let data = filled.map { datum in
            var datum = datum
            if traits.dividesByWeights {
                datum.advantages = datum.advantages?.map { $0 * number }
            } else {
                datum.weights = datum.weights?.map { $0 * number }
            }
            return datum
        }
        try await changingGradients { _ = try await model.forwardBackward(traits.linear, data, settings.limits) }
        postponed = []
    }

    // MARK: Doubts

    /// Runs `body`, after which a failure leaves gradients that nobody can tell.
    private func changingGradients<Value>(_ body: () async throws -> Value) async throws -> Value {
        hasSent = true
        do { return try await body() } catch {
            dropGradients(inDoubt: true)
            throw error
        }
    }

    /// - Parameter inDoubt: whether the service may have some; if not, it has none.
    func dropGradients(inDoubt: Bool) {
        ledger.drop()
        postponed = []
        isInfinite = false
        if inDoubt, hasSent, case .none = doubt { doubt = .gradients }
        if !inDoubt { hasSent = false }
    }

    /// The model, without gradients that should not be there: weights and moments are saved, and loaded into a new one.
    private func soundModel() async throws -> TinkerModel {
        try refuseDoubt()
        guard case .gradients = doubt, let model else { return try await currentModel() }
        let fresh: TinkerModel
        do {
            fresh = try await replaceModel(loading: try await model.save(.training, "reset"))
        } catch let refusal as TinkerRefusal {
            doubt = .weights("gradients that may be wrong could not be thrown away: \(refusal.words)")
            throw refusal
        }
        doubt = .none
        hasSent = false
        return fresh
    }

    /// - Throws: `WhetError` where only a checkpoint helps.
    func refuseDoubt() throws {
        guard case .weights(let why) = doubt else { return }
        throw WhetError(
            why, at: connection.name, expected: "weights that are known",
            remedy: "run it again: it goes on from the last checkpoint")
    }

    func currentModel() async throws -> TinkerModel {
        try refuseDoubt()
        if let model { return model }
        return try await replaceModel(loading: nil)
    }

    private func newModel() async throws -> TinkerModel {
        try await TinkerModel.create(
            in: session, baseModel: baseModel, rank: settings.rank, seed: settings.seed, traits: traits)
    }

    /// - Parameter path: weights and optimizer state that it takes up; nil for the first weights.
    func replaceModel(loading path: String?) async throws -> TinkerModel {
        await model?.unload()
        model = nil
        let fresh: TinkerModel
        do { fresh = try await newModel() } catch let refusal as TinkerRefusal where refusal.isLoss {
            // The session, since nothing else was named yet: the service was started again, or heard no heartbeat.
            await session.close()
            session = try await TinkerSession.open(connection)
            fresh = try await newModel()
        }
        if let path { try await fresh.load(path) }
        model = fresh
        return fresh
    }

    /// One call at a time, its errors in words for a person; what the service has lost stays in doubt until a load.
    func exclusively<Value: Sendable>(
        _ body: @Sendable (isolated TinkerBackend) async throws -> Value
    ) async throws -> Value {
        try await turnstile.pass {
            do { return try await body(self) } catch {
                await self.note(error)
                throw TinkerBackend.inWords(error)
            }
        }
    }

    private func note(_ error: any Error) {
        guard let refusal = error as? TinkerRefusal, refusal.isLoss else { return }
        dropGradients(inDoubt: false)
        doubt = .weights("the service has lost the session or the model: \(refusal.words)")
    }

    /// Errors of the service and the way there as sentences.
    static func inWords(_ error: any Error) -> any Error {
        switch error {
        case let refusal as TinkerRefusal:
            var words = refusal.whetError
            if refusal.isLoss {
                words.expected = "a service that still has the session and the model"
                words.remedy = "run it again: it goes on from the last checkpoint, if the service has kept that"
            }
            return words
        case let lost as TinkerLostAnswer: return lost.whetError
        case let failure as HTTPError:
            if case .cancelled = failure.reason { return CancellationError() }
            return failure.whetError
        default: return error
        }
    }

    /// What the service would compute something else for.
    private func check(_ sequences: [TrainingSequence]) throws {
        if let other = sequences.first(where: { $0.temperature != 1 }) {
            throw WhetError(
                "the service computes log-probabilities of temperature 1, not of \(other.temperature)",
                at: "rollout.temperature", expected: "1 with trainer: tinker")
        }
        let valid = 0..<Int32(clamping: settings.vocabularySize ?? Int(Int32.max))
        guard let wrong = sequences.lazy.flatMap(\.tokens).first(where: { !valid.contains($0) }) else { return }
        throw WhetError(
            "a sequence holds the token \(wrong), which is outside the vocabulary",
            expected: "ids from 0 to \(valid.upperBound - 1)", remedy: "sample and train with the same tokenizer")
    }
}
