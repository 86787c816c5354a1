import Foundation
import WhetCore
import WhetYAML

/// What no key can tell by itself. Each check names the keys it speaks of: it is left out when one of them is wrong
/// already, and its mistake is shown at the first.
struct RecipeCombination: Sendable {
    struct Finding {
        /// Where to show it, if not at the first of `keys`.
        var key: String?
        var problem: String
        var expected: String?
        var suggestion: String?
    }

    let keys: [String]
    let findings: @Sendable (Recipe, RecipeCatalog) -> [Finding]

    private init(_ keys: String..., findings: @escaping @Sendable (Recipe, RecipeCatalog) -> [Finding]) {
        self.keys = keys
        self.findings = findings
    }

    static let all: [RecipeCombination] = [
        RecipeCombination("algorithm") { recipe, catalog in
            let algorithm = recipe.algorithm
            guard catalog.algorithms.contains(algorithm.name) else {
                return [.unknown(algorithm.name, "algorithm", catalog.algorithms, key: "algorithm.name")]
            }
            return thrown(at: "algorithm", among: algorithm.settings) {
                _ = try catalog.checkAlgorithm(algorithm.name, algorithm.settings.values)
            }
        },
        RecipeCombination("rollout.group_size", "algorithm") { recipe, catalog in
            asked(by: recipe.algorithm, catalog, at: "rollout.group_size") {
                try $0.checkGroupSize(recipe.rollout.groupSize)
            }
        },
        RecipeCombination("environments") { recipe, catalog in
            if recipe.environments.isEmpty {
                return [Finding(problem: "there is none", expected: "a list, such as [{name: Sorting}]")]
            }
            let weightless = recipe.environments.allSatisfy { $0.weight == 0 }
            let names = recipe.environments.map(\.name)
            let doubled = names.indices.filter { !names[$0].isEmpty && names[..<$0].contains(names[$0]) }.map {
                Finding(
                    key: "environments.\($0).name", problem: "\(names[$0]) is in the list already", expected: "once")
            }
            return (weightless ? [Finding(problem: "every weight is 0", expected: "one above 0")] : []) + doubled
                + recipe.environments.enumerated().flatMap { index, choice in
                    environment(choice, key: "environments.\(index)", recipe, catalog)
                }
        },
        RecipeCombination("policy.model") { recipe, _ in
            guard !recipe.policy.isNew else { return [] }
            let configuration = URL(filePath: recipe.policy.model).appending(path: "config.json")
            guard !FileManager.default.fileExists(atPath: configuration.path) else { return [] }
            return [
                Finding(
                    problem: "there is no \(configuration.relativePath)",
                    expected: "a Hugging Face model directory, or new",
                    suggestion: recipe.policy.model.nearest(among: ["new"]))
            ]
        },
        RecipeCombination("policy.reference") { recipe, _ in
            guard let reference = recipe.policy.reference else { return [] }
            let configuration = URL(filePath: reference).appending(path: "config.json")
            guard !FileManager.default.fileExists(atPath: configuration.path) else { return [] }
            return [
                Finding(
                    problem: "there is no \(configuration.relativePath)",
                    expected: "a model directory with the policy's vocabulary, or null")
            ]
        },
        RecipeCombination("rollout.prompts", "rollout.groups_per_step") { recipe, _ in
            guard let prompts = recipe.rollout.prompts, prompts < recipe.rollout.groupsPerStep else { return [] }
            return [
                Finding(
                    problem: "a step draws \(recipe.rollout.groupsPerStep) different ones and there are \(prompts)",
                    expected: "at least rollout.groups_per_step")
            ]
        },
        RecipeCombination("rollout.scheduling") { recipe, _ in
            let scheduling = recipe.rollout.scheduling
            var findings: [Finding] = []
            if scheduling.mode == .oneStepOff, scheduling.maximumStaleness == 0 {
                findings.append(
                    Finding(
                        key: "rollout.scheduling.maximum_staleness",
                        problem: "one_step_off trains on rollouts that are one version old, and none may be",
                        expected: "at least 1, or null"))
            }
            if scheduling.excess != .mask, scheduling.maximumStaleness == nil, scheduling.maximumResumes == nil {
                findings.append(
                    Finding(
                        key: "rollout.scheduling.excess", problem: "there is no bound to exceed",
                        expected: "maximum_staleness or maximum_resumes beside it"))
            }
            return findings
        },
        RecipeCombination("replay", "algorithm", "rollout.prompts") { recipe, catalog in
            asked(by: recipe.algorithm, catalog, at: "replay") { try $0.checkReplay(recipe.replay) }
        },
        RecipeCombination("policy.architecture", "policy.model") { recipe, _ in
            guard !recipe.policy.isNew, recipe.policy.architecture != nil else { return [] }
            return [Finding(problem: "the model directory says it already", expected: "null, or model: new")]
        },
        RecipeCombination("policy.architecture.key_value_heads", "policy.architecture.heads") { recipe, _ in
            guard let shape = recipe.policy.architecture, shape.heads % shape.keyValueHeads != 0 else { return [] }
            let divisors = (1...shape.heads).filter { shape.heads % $0 == 0 }.map(String.init)
            return [
                Finding(
                    problem: "\(shape.keyValueHeads) does not divide the \(shape.heads) heads",
                    expected:
                        "one of \(divisors.joined(separator: ", "))"
                )
            ]
        },
        RecipeCombination("policy.architecture.head_dimension") { recipe, _ in
            guard let shape = recipe.policy.architecture, !shape.headDimension.isMultiple(of: 2) else { return [] }
            return [
                Finding(problem: "\(shape.headDimension) is odd", expected: "an even number, because RoPE turns pairs")
            ]
        },
        RecipeCombination("rollout.max_new_tokens", "policy.architecture.context_length") { recipe, _ in
            guard let shape = recipe.policy.architecture, recipe.rollout.maximumNewTokens >= shape.contextLength else {
                return []
            }
            return [
                Finding(
                    problem: "a reply of \(recipe.rollout.maximumNewTokens) tokens leaves no room for a prompt",
                    expected: "less than policy.architecture.context_length, \(shape.contextLength)")
            ]
        },
        RecipeCombination("inference.urls", "inference.kind") { recipe, _ in
            let inference = recipe.inference
            switch (inference.kind, inference.urls.isEmpty) {
            case (.embedded, false):
                return [
                    Finding(problem: "the embedded server has its own address", expected: "no urls, or another kind")
                ]
            case (.embedded, true): return []
            case (_, true):
                return [
                    Finding(
                        problem: inference.kind == .auto
                            ? "there is no server to ask" : "\(inference.kind.name) needs a server",
                        expected: "a list, such as [http://127.0.0.1:30000]")
                ]
            case (_, false):
                return inference.urls.enumerated().compactMap { index, text in
                    if inference.urls[..<index].contains(text) {
                        return Finding(
                            key: "inference.urls.\(index)", problem: "\"\(text)\" is in the list already",
                            expected: "each server once")
                    }
                    let url = URL(string: text)
                    guard !["http", "https"].contains(url?.scheme) || url?.host() == nil else { return nil }
                    return Finding(
                        key: "inference.urls.\(index)", problem: "\"\(text)\" is no address of a server",
                        expected: "such as http://127.0.0.1:30000")
                }
            }
        },
        RecipeCombination("trainer.kind") { recipe, _ in
            let trainer = recipe.trainer
            let missing = trainer.missingKey.map {
                Finding(
                    key: "trainer.\($0.key)", problem: "\(trainer.kind.rawValue) needs it",
                    expected: "such as \($0.example)")
            }
            let idle = trainer.misfits.map {
                Finding(
                    key: "trainer.\($0.key)", problem: "the trainer \(trainer.kind.rawValue) does not take it",
                    expected: "trainer.kind: \($0.kinds.map(\.rawValue).joined(separator: " or ")), or the key left out"
                )
            }
            return [missing].compactMap(\.self) + idle
        },
        RecipeCombination("trainer.lora", "trainer.kind", "inference.kind") { recipe, _ in
            guard recipe.trainer.lora != nil, recipe.trainer.kind != .tinker, recipe.trainer.misfits.isEmpty,
                recipe.inference.kind == .embedded
            else { return [] }
            return [
                Finding(
                    problem: "whet's own server loads no adapters",
                    expected: "inference.kind: vllm or sglang, or null to train the whole model")
            ]
        },
        RecipeCombination("trainer", "algorithm", "rollout.temperature", "policy.precision", "inference.kind") {
            recipe, catalog in
            guard recipe.trainer.misfits.isEmpty, let capabilities = recipe.trainer.capabilities,
                catalog.algorithms.contains(recipe.algorithm.name),
                let checked = try? catalog.checkAlgorithm(recipe.algorithm.name, recipe.algorithm.settings.values),
                let refusal = capabilities.refusal(of: recipe.trainerNeeds(under: checked.loss(recipe.replay)))
            else { return [] }
            return [
                Finding(
                    key: refusal.place, problem: refusal.problem,
                    expected: [refusal.expected, refusal.remedy].compactMap(\.self).joined(separator: "; or "))
            ]
        },
        RecipeCombination("trainer.mini_batches", "rollout.groups_per_step", "rollout.group_size") { recipe, _ in
            let rollouts = recipe.rollout.groupsPerStep * recipe.rollout.groupSize
            guard recipe.trainer.miniBatches > rollouts else { return [] }
            return [Finding(problem: "a step has only \(rollouts) rollouts to split", expected: "at most \(rollouts)")]
        },
        RecipeCombination("trainer.warmup_steps", "run.steps") { recipe, _ in
            guard recipe.trainer.warmupSteps > max(recipe.run.steps, 0) else { return [] }
            return [
                Finding(
                    problem: "the run ends before the warm-up does", expected: "at most run.steps, \(recipe.run.steps)")
            ]
        },
        RecipeCombination("warmup.steps", "environments") { recipe, catalog in
            guard recipe.warmup.steps > 0 else { return [] }
            let mute = recipe.environments.map(\.name).filter { catalog.environments[$0]?.hasDemonstrations == false }
            guard !mute.isEmpty else { return [] }
            return [
                Finding(
                    problem: "\(mute.joined(separator: ", ")) cannot show how it is done",
                    expected: "0, or environments with demonstrations")
            ]
        },
    ]

    /// What the algorithm asks of another section. That it is unknown or its settings wrong is a finding of its own.
    private static func asked(
        by algorithm: Recipe.Algorithm, _ catalog: RecipeCatalog, at key: String,
        _ check: (RecipeCatalog.CheckedAlgorithm) throws -> Void
    ) -> [Finding] {
        guard catalog.algorithms.contains(algorithm.name),
            let checked = try? catalog.checkAlgorithm(algorithm.name, algorithm.settings.values)
        else { return [] }
        return thrown(at: key, among: RecipeSettings()) { try check(checked) }
    }

    private static func environment(
        _ choice: Recipe.PracticeEnvironment, key: String, _ recipe: Recipe, _ catalog: RecipeCatalog
    ) -> [Finding] {
        // An empty name was noted as missing.
        if choice.name.isEmpty { return [] }
        guard let known = catalog.environments[choice.name] else {
            return [.unknown(choice.name, "environment", catalog.environments.keys, key: "\(key).name")]
        }
        var checked: RecipeCatalog.CheckedEnvironment?
        var findings = thrown(at: "\(key).options", among: choice.options) {
            checked = try catalog.checkEnvironment(choice.name, choice.options.values)
        }
        if let checked {
            findings += asked(by: recipe.algorithm, catalog, at: "\(key).name") {
                try $0.checkEnvironment(choice.name, checked)
            }
        }
        if choice.difficulty.kind != .uniform, choice.levels.count == 1 {
            findings.append(
                Finding(
                    key: "\(key).levels",
                    problem: "\(choice.difficulty.kind.rawValue) difficulty has one level to choose from",
                    expected: "[lowest, highest], or difficulty.kind: uniform"))
        }
        if choice.difficulty.kind != .uniform, recipe.rollout.prompts != nil {
            findings.append(
                Finding(
                    key: "\(key).difficulty",
                    problem: "levels cannot change while the same \(recipe.rollout.prompts ?? 0) tasks come back",
                    expected: "rollout.prompts: null and an algorithm that keeps no value of each, or kind: uniform"))
        }
        if choice.difficulty.kind == .learningProgress, choice.difficulty.slow >= choice.difficulty.fast {
            findings.append(
                Finding(
                    key: "\(key).difficulty.slow", problem: "the past accuracy would not lag behind the recent one",
                    expected: "below fast, \(choice.difficulty.fast)"))
        }
        if let highest = known.highestLevel, choice.levels.upperBound > highest {
            findings.append(
                Finding(
                    key: "\(key).levels", problem: "\(choice.name) ends at level \(highest)",
                    expected: "levels from 0 to \(highest)"))
        }
        return findings
    }

    /// What a catalog's check says, shown at the setting it names.
    private static func thrown(at key: String, among settings: RecipeSettings, _ check: () throws -> Void) -> [Finding]
    {
        do {
            try check()
            return []
        } catch let error as WhetError {
            let place = error.place ?? ""
            let setting = settings.values.keys.first {
                place == $0 || place.hasSuffix(" \($0)") || error.problem.contains("\"\($0)\"")
            }
            return [
                Finding(
                    key: setting.map(key.dotted) ?? key, problem: error.problem,
                    expected: [error.expected, error.remedy].compactMap(\.self).joined(separator: "; or "),
                    suggestion: error.suggestion)
            ]
        } catch {
            return [Finding(key: key, problem: "\(error)")]
        }
    }
}

extension RecipeCombination.Finding {
    fileprivate static func unknown(
        _ name: String, _ kind: String, _ names: some Sequence<String>, key: String
    ) -> Self {
        let error = WhetError.unknownName(name, kind: kind, among: names)
        return Self(key: key, problem: error.problem, expected: error.expected, suggestion: error.suggestion)
    }
}
