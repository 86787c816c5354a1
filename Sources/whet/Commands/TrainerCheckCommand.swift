import ArgumentParser
import Foundation
import WhetBackends
import WhetCore
import WhetEngine
import WhetStore
import WhetTraining

struct TrainerCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Start a recipe's trainer and hold it against what trainers promise, and against whet's engine.",
        discussion: """
            Trains the recipe's policy on made-up tokens in a folder that is removed afterwards: losses and steps under \
            every objective, sums of gradients, checkpoints, restarts, repeats and refusals. Whether it can do what \
            the recipe asks for is told by whet train. Exit code 1 if something is wrong.
            """)

    @Argument(help: "A recipe, such as recipes/quickstart.yaml --set trainer=torch.") var recipe: String
    @OptionGroup var overrides: OverrideOptions
    @OptionGroup var home: HomeOptions
    @Option(help: "By how much log-probabilities may differ; otherwise 1e-4, 1e-3 of services, 5e-2 in bf16.")
    var tolerance: Double?
    @Option(help: "What the made-up tokens are drawn from.") var seed: UInt64 = 1
    @Flag(help: "One JSON object a finding.") var json = false

    func validate() throws {
        if let tolerance, !(tolerance > 0) { throw ValidationError("--tolerance is a number above 0") }
    }

    func run() async throws {
        let recipe = try overrides.recipe(at: recipe)
        let folder = home.home(recipe: recipe.run.home).directory.appending(
            path: "check-\(UUID().uuidString.prefix(8).lowercased())", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environments = try await EnvironmentAssembly(recipe)
        let directory = try await PolicyDirectory.find(for: recipe, curriculum: environments.curriculum, in: folder)
        let start = TrainerAssembly.Start(
            recipe: recipe, directory: directory, runFolder: folder, shape: try PolicyShape(directory: directory),
            threads: recipe.trainer.threads ?? ProcessInfo.processInfo.activeProcessorCount,
            notice: { Output.complain($0) })
        let findings = try await conformance(of: start).run { finding in
            if json { return Output.json(finding.json) }
            Output.line("  \(finding.sign) \(finding.name.replacing("_", with: " ")): \(finding.words)")
        }
        let wrong = findings.filter(\.isFailed).map { $0.name.replacing("_", with: " ") }
        guard wrong.isEmpty else {
            throw WhetError(
                "the trainer does not keep what trainers promise: \(wrong.joined(separator: ", "))",
                at: recipe.trainer.kind.rawValue)
        }
        if !json { Output.line("\(recipe.trainer.kind.rawValue) keeps all of it: \(findings.count) checks") }
    }

    private func conformance(of start: TrainerAssembly.Start) -> TrainerConformance {
        let trainer = start.recipe.trainer
        let isRounded = start.recipe.policy.precision == .bf16
        var standard: EmbeddedBackend?
        do {
            // Whose numbers are right computes in fp32.
            var recipe = start.recipe
            recipe.policy.precision = .fp32
            standard = EmbeddedBackend(
                model: try Model(directory: start.directory),
                settings: EmbeddedBackend.Settings(recipe, threads: start.threads))
        } catch {
            Output.complain("numbers are not compared: \((error as? WhetError)?.sentence() ?? "\(error)")")
        }
        return TrainerConformance(
            of: { tokens in
                var start = start
                start.recipe.trainer.microBatchTokens = tokens
                return try await start.backend(of: start.directory, named: UUID().uuidString.lowercased())
            },
            against: standard,
            settings: TrainerConformance.Settings(
                vocabulary: start.shape.vocabularySize,
                tolerance: tolerance ?? (isRounded ? 5e-2 : trainer.kind == .tinker ? 1e-3 : 1e-4),
                trainsSameWeights: trainer.lora == nil, seed: seed),
            in: start.runFolder.appending(path: "conformance", directoryHint: .isDirectory))
    }
}

extension ConformanceFinding {
    fileprivate var sign: String {
        switch outcome {
        case .passed: "✓"
        case .failed: "✗"
        case .skipped: "–"
        }
    }

    fileprivate var words: String {
        switch outcome {
        case .passed(let words), .failed(let words), .skipped(let words): words
        }
    }

    fileprivate var json: JSONValue {
        let outcome =
            switch outcome {
            case .passed: "passed"
            case .failed: "failed"
            case .skipped: "skipped"
            }
        return ["name": .string(name), "outcome": .string(outcome), "found": .string(words)]
    }
}
