import Foundation
import WhetAlgorithms
import WhetCore
import WhetProcess

/// The trainer backend of any program that speaks docs/trainers.md: trainers/torch, or one of the user's own.
///
/// Keeps: a process that dies is started again and goes on where it was (`ProgramTrainer`); when it is closed, nothing
/// of it runs.
public struct ProgramBackend: TrainerBackend {
    public let capabilities: TrainerCapabilities
    private let trainer: ProgramTrainer
    private let place: String

    /// Starts the program and has it load the model.
    ///
    /// - Parameters:
    ///   - name: what recipes call the trainer; the name that it gives itself unless given.
    ///   - notice: hears when the program had to be started again, a sentence each time.
    /// - Throws: `WhetError` where it cannot be started, or lacks what the settings ask for; nothing of it runs then.
    public init(
        _ settings: Settings, named name: String? = nil, notice: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws {
        guard let program = settings.command.first, !program.isEmpty else {
            throw WhetError("the trainer's command is empty", expected: "a program and its arguments")
        }
        var command = ProcessCommand(program, Array(settings.command.dropFirst()))
        command.environment.merge(settings.variables) { $1 }
        place = command.words
        let process = TrainerProcess.Settings(
            command: command, name: name, log: settings.log, startLimit: settings.startLimit, endLimit: settings.endLimit)
        trainer = try ProgramTrainer(
            ProgramTrainer.Settings(process: process, load: settings.load, exchange: settings.exchange),
            notice: notice)
        capabilities = TrainerCapabilities(try await trainer.start(), named: name)
    }

    public func logProbabilities(of sequences: [TrainingSequence]) async throws -> [[Float]] {
        try await logProbabilities(of: sequences, from: "policy")
    }

    public func forwardBackward(_ batch: TrainingBatch, loss: LossFunction) async throws -> LossReport {
        let description = loss.description
        let components = description.components.map(\.name)
        let directory = try await trainer.exchange.directory { directory in
            try BatchFile.write(
                batch.sequences, components: components, to: directory.appending(path: BatchFile.name))
        }
        let result = try await trainer.forwardBackward(batch.id, ["loss": description.json], directory: directory)
        var report = try LossReport(json: result, at: place)
        report.isRepeated = result["repeated"]?.bool ?? false
        return report
    }

    public func optimizerStep(_ id: String, learningRate: Double) async throws -> OptimizerReport {
        let result = try await trainer.optimizerStep(id, learningRate: learningRate)
        var report = try OptimizerReport(json: result, at: place)
        report.isRepeated = result["repeated"]?.bool ?? false
        return report
    }

    public func save(to directory: URL) async throws {
        _ = try await trainer.save(to: directory.absoluteURL.standardizedFileURL)
    }

    public func publish(to directory: URL) async throws -> Publication {
        let result = try await trainer.export(to: directory.absoluteURL.standardizedFileURL)
        let kind = try result.member("kind", of: "export", "\"directory\" or \"adapter\"") {
            $0.string.flatMap(Publication.Kind.init(rawValue:))
        }
        return kind == .adapter ? .adapter(directory) : .directory(directory)
    }

    public func load(from directory: URL) async throws {
        _ = try await trainer.load(from: directory.absoluteURL.standardizedFileURL)
    }

    public func close() async { await trainer.close() }

    /// - Parameter part: "policy", or "base" beneath its adapters.
    fileprivate func logProbabilities(of sequences: [TrainingSequence], from part: String) async throws -> [[Float]] {
        guard !sequences.isEmpty else { return [] }
        let directory = try await trainer.exchange.directory { directory in
            try BatchFile.write(
                sequences.map(\.scored), to: directory.appending(path: BatchFile.name))
        }
        defer { trainer.exchange.remove([directory]) }
        let result = try await trainer.ask(
            "log_probabilities", ["directory": .string(directory.path), "of": .string(part)])
        let name = try result.member("file", of: "log_probabilities", "a name in the directory") { value in
            value.string.flatMap { $0.isEmpty || $0.hasPrefix(".") || $0.contains("/") ? nil : $0 }
        }
        do {
            return try Self.read(directory.appending(path: name), for: sequences)
        } catch let error as WhetError {
            throw error.within(place)
        }
    }

    private static func read(_ file: URL, for sequences: [TrainingSequence]) throws -> [[Float]] {
        let stored = try Safetensors(file: file)
        let due = sequences.reduce(0) { $0 + $1.tokens.count }
        guard let entry = stored.entries["log_probabilities"], entry.type == .float32, entry.shape == [due] else {
            throw WhetError(
                "the trainer's log-probabilities are not those that were asked for", at: file.lastPathComponent,
                expected: "a tensor \"log_probabilities\", F32 [\(due)]", remedy: "see docs/trainers.md")
        }
        let all = stored.elements(entry, as: Float.self)
        var start = 0
        return sequences.map { sequence in
            defer { start += sequence.tokens.count }
            return Array(all[start..<start + sequence.tokens.count])
        }
    }
}

extension TrainingSequence {
    /// Without what scoring it does not look at: a component that a loss which is not there would have to explain.
    fileprivate var scored: TrainingSequence {
        guard component != nil || referenceLogProbabilities != nil else { return self }
        return TrainingSequence(
            tokens: tokens, mask: mask, advantages: advantages, weights: weights,
            behaviorLogProbabilities: behaviorLogProbabilities, temperature: temperature, vote: vote)
    }
}

extension TrainerCapabilities {
    /// What a program said of itself.
    init(_ hello: TrainerHello, named name: String?) {
        let precisions = ProgramBackend.Settings.dtypes.filter { hello.dtypes.contains($0.value) }.map(\.key)
        self.init(
            name: name ?? hello.name, objectives: hello.objectives, aggregations: hello.aggregations,
            klEstimators: hello.klEstimators, components: hello.components, entropyBonus: hello.entropyBonus,
            temperatures: hello.temperatures, gradientClipping: hello.gradientClipping,
            baseLogProbabilities: hello.baseLogProbabilities,
            weights: Set(hello.weights.compactMap(Weights.init(rawValue:))), precisions: Set(precisions),
            publications: Set(hello.publishes.compactMap(Publication.Kind.init(rawValue:))))
    }
}

/// The model beneath the adapters that a program trains, as a frozen reference: no second trainer, no second model.
///
/// Keeps: it never changes; whoever closes the trainer closes it.
public struct BaseReference: TrainerBackend {
    private let trainer: ProgramBackend

    /// - Throws: `WhetError` where the program trains no adapters, or cannot look beneath them.
    public init(beneath trainer: ProgramBackend) throws {
        guard trainer.capabilities.baseLogProbabilities else {
            throw WhetError(
                "the trainer \(trainer.capabilities.name) cannot look beneath its adapters",
                remedy: "name a reference of its own in policy.reference")
        }
        self.trainer = trainer
    }

    public var capabilities: TrainerCapabilities { trainer.capabilities }

    public func logProbabilities(of sequences: [TrainingSequence]) async throws -> [[Float]] {
        try await trainer.logProbabilities(of: sequences, from: "base")
    }

    public func forwardBackward(_ batch: TrainingBatch, loss: LossFunction) throws -> LossReport { throw frozen }
    public func optimizerStep(_ id: String, learningRate: Double) throws -> OptimizerReport { throw frozen }
    public func save(to directory: URL) throws { throw frozen }
    public func publish(to directory: URL) throws -> Publication { throw frozen }

    /// There is nothing to take up: what version 0 was is what lies beneath.
    public func load(from directory: URL) {}

    private var frozen: WhetError { WhetError("a reference is frozen: it is asked for log-probabilities alone") }
}
