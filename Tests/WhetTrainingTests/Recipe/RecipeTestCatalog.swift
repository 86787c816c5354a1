import Foundation
import WhetAlgorithms
import WhetCore

@testable import WhetTraining

extension RecipeCatalog {
    /// Two algorithms and three environments, with checks like those of the real catalogs.
    static let test = RecipeCatalog(
        algorithms: ["grpo", "spo"],
        environments: [
            "Sorting": Environment(hasDemonstrations: true),
            "Multiplication": Environment(hasDemonstrations: true, highestLevel: 5),
            "Maze": Environment(hasDemonstrations: false),
        ],
        checkAlgorithm: { name, settings in
            for key in settings.keys where !["clip_low", "clip_high", "entropy_bonus", "by_step"].contains(key) {
                throw WhetError.unknownName(
                    key, kind: "setting", among: ["clip_low", "clip_high"], at: "algorithm \(name)")
            }
            if let low = settings["clip_low"], low.double == nil {
                throw WhetError("\(low.text()) is no number", at: "clip_low", expected: "a number")
            }
            let entropy = settings["entropy_bonus"]?.double ?? 0
            return CheckedAlgorithm(
                checkGroupSize: { size in
                    guard name == "grpo", size < 2 else { return }
                    throw WhetError(
                        "a group of \(size) has nobody to be compared with", at: "group_size",
                        expected: "at least 2", remedy: "an algorithm without groups: spo")
                },
                checkEnvironment: { environment, checked in
                    guard settings["by_step"] == true, !checked.judgesSteps else { return }
                    throw WhetError("\(environment) does not judge steps", at: "algorithm")
                }, loss: { _ in LossDescription(.init("ppo_clip"), entropyBonus: entropy) })
        },
        checkEnvironment: { name, options in
            for key in options.keys where key != "maximum_value" && !(key.hasSuffix("_count") || key == "wording") {
                throw WhetError.unknownName(key, kind: "option", among: ["maximum_value"], at: "environment \(name)")
            }
            return CheckedEnvironment()
        })
}

extension Recipe {
    static func test(_ yaml: String, overrides: [String] = []) throws -> Recipe {
        try Recipe(yaml: yaml, file: "r.yaml", overrides: overrides, catalog: .test)
    }
}

/// The mistakes of a recipe; none if it is right.
func mistakes(in yaml: String, overrides: [String] = []) throws -> [RecipeMistake] {
    do {
        _ = try Recipe.test(yaml, overrides: overrides)
        return []
    } catch let error as RecipeError {
        return error.mistakes
    }
}

func mistakes(in bytes: [UInt8]) throws -> [RecipeMistake] {
    do {
        _ = try Recipe(yaml: Data(bytes), file: "r.yaml", overrides: [], catalog: .test)
        return []
    } catch let error as RecipeError {
        return error.mistakes
    }
}

/// The repository's own folder.
let repository = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
