import WhetChecklists
import WhetCore
import WhetYAML

/// From the section to the environment.
extension DeclaredChecklist {
    /// What a recipe may set otherwise than the file does.
    static let options = [
        EnvironmentOption(
            "share", .json("a number from 0 to 1"),
            summary: "what the checklist counts in the reward; 0 only reports it"),
        EnvironmentOption("judge_url", .json("a text"), summary: "the judge's server"),
        EnvironmentOption("judge_model", .json("a text"), summary: "what the judge's server calls its model"),
    ]

    /// - Parameter rewards: of the verifiers.
    func rewards(beside rewards: ClosedRange<Double>?) -> ClosedRange<Double>? {
        guard let rewards else { return nil }
        return min(0, rewards.lowerBound)...max(1, rewards.upperBound)
    }

    /// - Parameter options: of the checklist and of the base.
    /// - Throws: `DeclarationError` with what is wrong with the checklist of a task; what the base throws.
    func environment(
        on base: DeclaredContent, options: JSONObject, _ resources: EnvironmentResources
    ) throws -> any Environment {
        let names = Set(Self.options.map(\.name))
        let environment = try base.environment(
            options: JSONObject(
                options.filter { !names.contains($0.key) }.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }),
            resources)
        let settings = try Settings(self, base: base, options: options)
        if let declared = base.declaration { try check(on: DeclaredEnvironment(declared)) }
        if let dialogues = environment as? DialogueEnvironment, settings.judge == nil {
            let mistakes = YAMLMistakes(file: file)
            for problem in dialogues.problems where mistakes.isEmpty { check(with: problem, mistakes) }
            try mistakes.throwIfAny()
        }
        let deferred = try settings.judge.map {
            try $0.judge(client: resources.httpClient(), cache: resources.judgments())
        }
        let source = ChecklistRubric.Source { try checklists(of: $0) }
        let rubric = ChecklistRubric(
            source, scorer: ChecklistScorer(judge: deferred ?? NoJudge()), credit: credit)
        return ChecklistEnvironment(
            rubric, share: settings.share, on: environment, maximumLevel: base.maximumLevel ?? 0,
            prepareJudge: { try await deferred?.prepare() })
    }

    /// What the file and the recipe come to.
    private struct Settings {
        /// nil where only the checklist counts.
        var share: Double?
        var judge: DeclaredJudge?

        init(_ checklist: DeclaredChecklist, base: DeclaredContent, options: JSONObject) throws {
            share = base.hasVerifiers ? checklist.share ?? 0.5 : nil
            judge = checklist.judge
            if let value = options["share"] {
                guard let number = value.double, 0...1 ~= number, share != nil else {
                    throw WhetError(
                        "share: \(value.text()) is not possible here", at: "environment \(base.name)",
                        expected: share == nil ? "verifiers, for the rest of the reward" : "a number from 0 to 1")
                }
                share = number
            }
            for name in ["judge_url", "judge_model"] {
                guard let value = options[name] else { continue }
                guard let text = value.string, !text.isEmpty, judge != nil else {
                    throw WhetError(
                        "\(name): \(value.text()) is not possible here", at: "environment \(base.name)",
                        expected: judge == nil ? "a file with checklist.judge" : "a text")
                }
                if name == "judge_url" { judge?.url = text } else { judge?.model = text }
            }
        }
    }

    /// Tries the checklist on a task of each level.
    private func check(on environment: DeclaredEnvironment) throws {
        let mistakes = YAMLMistakes(file: file)
        let step = max(1, environment.maximumLevel / 8)
        let levels = Array(stride(from: 0, to: environment.maximumLevel, by: step)) + [environment.maximumLevel]
        for level in levels {
            for seed in 0..<UInt64(8) where mistakes.isEmpty {
                check(with: try environment.task(level: level, seed: seed).problem, mistakes)
            }
        }
        try mistakes.throwIfAny()
    }
}
