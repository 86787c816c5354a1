import Foundation
import WhetAlgorithms
import WhetCore

/// Whether a trainer keeps what `TrainerBackend` promises, and computes what another computes.
///
/// Keeps: what is asked follows from the seed alone; a trainer's capabilities decide what is asked, so it may lack
/// something, but not say that it has it.
public struct TrainerConformance: Sendable {
    /// Makes a backend that holds the policy as it was at first, in a process or session of its own.
    public typealias Maker = @Sendable (_ microBatchTokens: Int) async throws -> any TrainerBackend

    public struct Settings: Sendable {
        /// Ids that the policy knows: tokens are drawn below it.
        public var vocabulary: Int
        /// By how much log-probabilities of the two may differ; relative for losses. Rounding of fp32 gives some 1e-5.
        public var tolerance: Double
        /// Whether the two train the same weights, so that their steps agree too; else they need only lead one way.
        public var trainsSameWeights: Bool
        public var learningRate: Double
        public var seed: UInt64

        public init(
            vocabulary: Int, tolerance: Double = 1e-4, trainsSameWeights: Bool = true, learningRate: Double = 1e-3,
            seed: UInt64 = 1
        ) {
            self.vocabulary = vocabulary
            self.tolerance = tolerance
            self.trainsSameWeights = trainsSameWeights
            self.learningRate = learningRate
            self.seed = seed
        }
    }

    let make: Maker
    /// Whose numbers are right: whet's own engine.
    let standard: (any TrainerBackend)?
    let settings: Settings
    let folder: URL

    /// - Parameters:
    ///   - make: makes the trainer that is asked.
    ///   - standard: holds the same policy, and its numbers are right; nil asks for promises alone.
    ///   - folder: for checkpoints, which are left there.
    public init(of make: @escaping Maker, against standard: (any TrainerBackend)?, settings: Settings, in folder: URL) {
        self.make = make
        self.standard = standard
        self.settings = settings
        self.folder = folder
    }

    /// Asks everything, one after the other.
    ///
    /// - Parameter report: gets each finding as soon as it is there.
    /// - Returns: all findings.
    /// - Throws: `CancellationError`, or what making the backend throws.
    @discardableResult
    public func run(report: @Sendable (ConformanceFinding) -> Void = { _ in }) async throws -> [ConformanceFinding] {
        let trainer = try await make(8_192)
        do {
            let findings = try await ask(trainer, report)
            await trainer.close()
            return findings
        } catch {
            await trainer.close()
            throw error
        }
    }

    private func ask(
        _ trainer: any TrainerBackend, _ report: @Sendable (ConformanceFinding) -> Void
    ) async throws -> [ConformanceFinding] {
        var findings: [ConformanceFinding] = []
        func add(_ finding: ConformanceFinding) {
            findings.append(finding)
            report(finding)
        }
        let ground: ConformanceGround
        do {
            ground = try await ConformanceGround(trainer, standard: standard, settings: settings, folder: folder)
        } catch {
            try Task.checkCancellation()
            add(ConformanceFinding("start", .failed(ConformanceFinding.words(error))))
            return findings
        }
        for check in Self.numbers(of: trainer.capabilities) + Self.promises {
            guard standard != nil || !check.needsStandard else {
                add(ConformanceFinding(check.name, .skipped("nothing to compare with")))
                continue
            }
            let outcome: ConformanceFinding.Outcome
            do { outcome = .passed(try await check.body(ground, make)) } catch {
                try Task.checkCancellation()
                outcome = .failed(ConformanceFinding.words(error))
            }
            add(ConformanceFinding(check.name, outcome))
        }
        return findings
    }

    /// One question. Throws what is wrong; returns what was found, in words.
    struct Check: Sendable {
        let name: String
        var needsStandard = false
        let body: @Sendable (ConformanceGround, Maker) async throws -> String
    }
}

/// What came of one question to a trainer.
public struct ConformanceFinding: Hashable, Sendable {
    public enum Outcome: Hashable, Sendable {
        /// With what was measured, in words.
        case passed(String)
        /// With what was wrong.
        case failed(String)
        /// With why it was not asked.
        case skipped(String)
    }

    /// For programs, such as `save_load_continue`.
    public let name: String
    public let outcome: Outcome

    init(_ name: String, _ outcome: Outcome) {
        self.name = name
        self.outcome = outcome
    }

    public var isPassed: Bool { if case .passed = outcome { true } else { false } }
    public var isFailed: Bool { if case .failed = outcome { true } else { false } }

    static func words(_ error: any Error) -> String { (error as? WhetError)?.sentence() ?? "\(error)" }
}
