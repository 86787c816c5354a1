import Foundation
import WhetAlgorithms
import WhetBackends
import WhetCore

/// The trainer backend that needs nothing but this machine: the engine's transformer and AdamW, on a thread of its own.
///
/// Keeps: the same calls in the same order give the same weights, to the bit, whatever the number of threads; saving,
/// loading and going on gives the same weights as going on.
public actor EmbeddedBackend: TrainerBackend {
    /// How the engine computes; none of it belongs to an algorithm.
    public struct Settings: Sendable, Hashable {
        /// How many threads work, the engine's own among them.
        public var threads: Int
        /// Tokens whose activations are in memory at a time; a longer sequence stands alone.
        public var microBatchTokens: Int
        /// One that is available; see `Precision.check`.
        public var precision: Precision
        public var optimizer: AdamW.Settings
        /// Of the weights that `save` writes.
        var dtype = Safetensors.ElementType.float32

        public init(
            threads: Int = ProcessInfo.processInfo.activeProcessorCount, microBatchTokens: Int = 2048,
            precision: Precision = .fp32, optimizer: AdamW.Settings = AdamW.Settings()
        ) {
            self.threads = threads
            self.microBatchTokens = microBatchTokens
            self.precision = precision
            self.optimizer = optimizer
        }
    }

    public nonisolated let capabilities = TrainerCapabilities.embedded
    private let thread: EngineThread
    private let settings: Settings
    /// A model directory whose tokenizer goes along with what is saved.
    private let tokenizer: URL?
    let transformer: Transformer
    let optimizer: AdamW
    var hasGradients = false
    var ledger = BatchLedger()

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// - Parameter tokenizer: a model directory whose tokenizer's files `save` copies.
    public init(model: Model, settings: Settings = Settings(), tokenizer: URL? = nil) {
        thread = EngineThread(name: "whet trainer")
        self.settings = settings
        self.tokenizer = tokenizer
        transformer = Transformer(
            model: model, threads: settings.threads, microBatchTokens: settings.microBatchTokens,
            precision: settings.precision)
        optimizer = AdamW(layout: model.parameters.layout, settings: settings.optimizer)
    }

    /// The weights as they are now, for publication or evaluation.
    public func model() -> Model { transformer.weights.model }

    /// Optimizer steps taken.
    var step: Int { optimizer.step }

    public func logProbabilities(of sequences: [TrainingSequence]) throws -> [[Float]] {
        var results = sequences.map { [Float](repeating: 0, count: $0.tokens.count) }
        let scored = try sequences.map { try scoredSequence($0, places: Array(1..<max(1, $0.tokens.count))) }
        transformer.score(scored) { range, scores in
            var next = 0
            for index in range {
                for place in scored[index].places {
                    results[index][place] = scores.logProbabilities[next]
                    next += 1
                }
            }
        }
        return results
    }

    /// - Throws: `WhetError`, before any work, for a token outside the vocabulary, or a sequence that names a component
    ///   or needs a reference that is not there.
    public func forwardBackward(_ batch: TrainingBatch, loss: LossFunction) throws -> LossReport {
        if let report = try ledger.answer(toBatch: batch.id) { return report }
        try LossAccounting.check(batch, loss)
        let scored = try batch.sequences.map { sequence in
            try scoredSequence(sequence, places: sequence.mask.indices.filter { sequence.mask[$0] })
        }
        var accounting = LossAccounting(batch: batch, loss: loss)
        let counts = scored.map(\.places.count)
        transformer.train(scored) { range, scores in accounting.slopes(range, scores, counts: counts) }
        hasGradients = hasGradients || accounting.tokens > 0
        ledger.add(batch.id, accounting.report)
        return accounting.report
    }

    public func optimizerStep(_ id: String, learningRate: Double) throws -> OptimizerReport {
        if let report = ledger.answer(toStep: id) { return report }
        let report: OptimizerReport
        do { report = try step(learningRate: learningRate) } catch {
            ledger.drop()
            throw error
        }
        ledger.apply(id, report)
        return report
    }

    /// A step by the optimizer's settings, whatever the ledger says.
    func step(learningRate: Double) throws -> OptimizerReport {
        let norm = optimizer.norm(of: transformer.gradients, workers: transformer.workers)
        defer {
            transformer.gradients.clear()
            hasGradients = false
        }
        guard norm.isFinite else {
            throw WhetError(
                "the gradient is not finite; the weights were left as they are", expected: "a finite gradient norm",
                remedy: "lower the learning rate, or look for infinite advantages and log-probabilities")
        }
        optimizer.update(
            values: transformer.weights.values, gradients: transformer.gradients, norm: norm,
            learningRate: learningRate, workers: transformer.workers)
        transformer.weights.pack(transformer.workers)
        return OptimizerReport(gradientNorm: norm)
    }

    public func save(to directory: URL) throws {
        guard !hasGradients else {
            throw WhetError(
                "gradients wait to be applied and would be lost", at: directory.path,
                remedy: "call optimizerStep before save")
        }
        let model = model()
        try WholeFiles.replaceDirectory(directory) { temporary in
            try model.writeFiles(in: temporary, dtype: settings.dtype, tokenizer: tokenizer)
            try optimizer.write(
                to: temporary.appending(path: EmbeddedBackend.optimizerFile), layout: model.parameters.layout,
                metadata: ledger.metadata)
            if settings.dtype != .float32 {
                // The weights above are rounded; training goes on from these.
                try Safetensors.write(
                    model.parameters.tensors(), to: temporary.appending(path: EmbeddedBackend.masterFile),
                    dtype: .float32)
            }
        }
        ledger.saved()
    }

    /// Writes the weights as they are now, without the optimizer's state; gradients that wait stay as they are.
    public func publish(to directory: URL) throws -> Publication {
        try model().write(to: directory, dtype: settings.dtype, tokenizer: tokenizer)
        return .directory(directory)
    }

    public func load(from directory: URL) throws {
        let model = try savedModel(in: directory)
        let stored = try Safetensors(file: directory.appending(path: EmbeddedBackend.optimizerFile))
        let ledger = try BatchLedger(stored.metadata, at: stored.file.path)
        try optimizer.read(from: stored, layout: model.parameters.layout)
        WholeFiles.sweep(beside: directory)
        self.ledger = ledger
        transformer.weights.replace(with: model.parameters)
        transformer.gradients.clear()
        hasGradients = false
    }

    /// The weights that `save` wrote, unrounded.
    func savedModel(in directory: URL) throws -> Model {
        var model = try Model(directory: directory)
        guard model.parameters.layout == transformer.weights.layout else {
            throw WhetError(
                "the model in the directory has another shape", at: directory.path,
                expected: "a checkpoint of the policy that is being trained")
        }
        let master = directory.appending(path: EmbeddedBackend.masterFile)
        if FileManager.default.fileExists(atPath: master.path) {
            try model.parameters.read(from: Safetensors(file: master))
        }
        return model
    }

    /// What waits to be applied, in the parameters' layout.
    var gradients: [Float] { transformer.gradients.array }

    // Not .safetensors, though they are: inference servers take every file of that name for weights of the model.
    static let optimizerFile = "optimizer.state"
    static let masterFile = "master.state"

    private func scoredSequence(_ sequence: TrainingSequence, places: [Int]) throws -> ScoredSequence {
        let vocabulary = transformer.configuration.vocabularySize
        guard sequence.tokens.allSatisfy({ $0 >= 0 && $0 < vocabulary }) else {
            throw WhetError(
                "a sequence holds a token outside the vocabulary", expected: "ids from 0 to \(vocabulary - 1)",
                remedy: "sample and train with the same tokenizer")
        }
        return ScoredSequence(tokens: sequence.tokens, places: places, temperature: sequence.temperature)
    }
}
