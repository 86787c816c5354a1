import Foundation
import Testing
import WhetCore
import WhetInference
import WhetYAML

@testable import WhetTraining

@Suite("A recipe")
struct RecipeTests {
    private static let shortest = "environments: [{name: Sorting}]"

    /// Differs from the defaults in every section, and uses each kind of value.
    private static let full = """
        policy: {precision: bf16, architecture: {layers: 2, rope_theta: 5e5, tie_embeddings: false}}
        inference: {kind: llama_cpp, url: "http://10.0.0.1:30000", model: "a: b", concurrency: auto, retries: 0}
        environments:
          - {name: Sorting, weight: 2.5, levels: [1, 4], options: {wording: compact, maximum_value: 9}}
          - {name: Multiplication, level: 3}
        rollout: {group_size: 4, top_k: 20, stop: ["\\n\\n", "- x", "yes", "1"], failed_share_allowed: 0.25}
        algorithm: {name: grpo, clip_low: 0.2, clip_high: 1}
        trainer: {schedule: cosine, betas: [0, 0.99], max_gradient_norm: null, threads: 2}
        warmup: {steps: 3, problems: 100}
        evaluation: {levels: 2, temperature: 0.5}
        run: {name: ünïcode, seed: 9223372036854775807, home: "/tmp/a b"}
        """

    @Test("needs no more than an environment")
    func defaults() throws {
        let recipe = try Recipe.test(Self.shortest)
        #expect(recipe.policy.architecture?.hiddenSize == 128)
        #expect(recipe.algorithm == Recipe.Algorithm(name: "grpo"))
        #expect(recipe.environments.map(\.levels) == [0...0])
        #expect(recipe.rollout.sampling == SamplingParameters(maximumNewTokens: 64))
        #expect(recipe.trainer.betas == [0.9, 0.95])
        #expect(recipe.inference.concurrencyChoice == .fixed(256))
        #expect(recipe.inference.concurrency == 256)
    }

    @Test("is read as written")
    func reads() throws {
        let recipe = try Recipe.test(Self.full)
        #expect(recipe.policy.precision == .bf16)
        #expect(recipe.policy.architecture?.ropeTheta == 500_000)
        #expect(recipe.policy.architecture?.tieEmbeddings == false)
        #expect(recipe.inference.kind == .server(.llamaCpp))
        #expect(recipe.inference.urls == ["http://10.0.0.1:30000"])
        #expect(recipe.inference.concurrencyChoice == .auto)
        #expect(recipe.inference.concurrency == recipe.inference.concurrencyMaximum)
        #expect(recipe.environments.map(\.levels) == [1...4, 3...3])
        #expect(recipe.environments[0].options.values["maximum_value"] == 9)
        #expect(recipe.rollout.stop == ["\n\n", "- x", "yes", "1"])
        #expect(recipe.rollout.topK == 20)
        #expect(recipe.algorithm.settings.values == ["clip_high": 1, "clip_low": 0.2])
        #expect(recipe.trainer.maximumGradientNorm == nil)
        #expect(recipe.evaluation.levels == 2...2)
        #expect(recipe.run.seed == UInt64(Int.max))
    }

    @Test("comes back the same from its YAML and its JSON", arguments: [shortest, full])
    func roundTrip(_ yaml: String) throws {
        let recipe = try Recipe.test(yaml)
        #expect(try Recipe.test(recipe.yaml) == recipe)
        #expect(try Recipe.test(recipe.yaml).yaml == recipe.yaml)
        #expect(try Recipe(json: JSONValue(parsing: recipe.json.text())) == recipe)
    }

    @Test("resolved, has every key of the schema in its order", arguments: [shortest, full])
    func hasEveryKey(_ yaml: String) throws {
        func paths(_ value: JSONValue, _ path: String, _ keys: [RecipeKey]) -> [String] {
            if let elements = value.array, let first = elements.first {
                return paths(first, path.dotted("*"), keys)
            }
            guard let object = value.object else { return [] }
            return object.flatMap { name, member in
                let inner = keys.first { $0.name == name }?.kind.keys ?? []
                return [path.dotted(name)] + (inner.isEmpty ? [] : paths(member, path.dotted(name), inner))
            }
        }
        let found = paths(try Recipe.test(yaml).json, "", RecipeSchema.keys).filter { $0 != "algorithm.name" }
        // What is null has no keys below it.
        let due = RecipeSchema.entries.map(\.path).filter { !$0.hasPrefix("trainer.lora.") }
        #expect(found == due)
    }

    @Test("takes whole values through anchors")
    func anchors() throws {
        let recipe = try Recipe.test(
            """
            environments:
              - {name: Sorting, levels: &levels [1, 3]}
              - {name: Multiplication, levels: *levels}
            """)
        #expect(recipe.environments.map(\.levels) == [1...3, 1...3])
    }

    @Test("of a model directory has no architecture")
    func modelDirectory() throws {
        let model = repository.appending(path: "Tests/Fixtures/models/qwen3").path
        let recipe = try Recipe.test(Self.shortest, overrides: ["policy.model=\(model)"])
        #expect(recipe.policy.architecture == nil)
        #expect(try Recipe.test(recipe.yaml) == recipe)
        let found = try mistakes(
            in: Self.shortest, overrides: ["policy.model=\(model)", "policy.architecture.layers=2"])
        #expect(found.map(\.key) == ["policy.architecture"])
    }

    @Test("that comes with whet is right", arguments: ["quickstart", "sorting-full"])
    func ours(_ name: String) throws {
        let path = repository.appending(path: "recipes/\(name).yaml").path
        let recipe = try Recipe.load(from: path, catalog: .test)
        #expect(recipe.run.name == name)
        #expect(recipe.rollout.groupSize == 8)
    }

    @Test("that is not there is named, with its neighbor")
    func missingFile() throws {
        let path = repository.appending(path: "recipes/quickstrat.yaml").path
        let error = try #require(throws: WhetError.self) { try Recipe.load(from: path, catalog: .test) }
        #expect(error.place == path)
        #expect(error.suggestion == "quickstart.yaml")
        #expect(throws: WhetError.self) { try Recipe.load(from: repository.path, catalog: .test) }
    }

    @Test("of a stored run says which key is missing")
    func storedJSON() throws {
        let json = try Recipe.test(Self.shortest).json
        var object = try #require(json.object)
        object["trainer"] = nil
        let error = try #require(throws: WhetError.self) { try Recipe(json: .object(object)) }
        #expect(error.problem.contains("trainer"))
    }
}

@Suite("--set")
struct RecipeOverrideTests {
    private let yaml = """
        environments:
          - {name: Sorting, levels: [0, 2]}
        algorithm: grpo
        rollout: {group_size: 4}
        """

    @Test("changes, adds and replaces")
    func sets() throws {
        let recipe = try Recipe.test(
            yaml,
            overrides: [
                "rollout.group_size=2", "rollout.stop=[a, b]", "environments.0.level=3",
                "environments.0.options.maximum_value=9",
                "algorithm.clip_low=0.1", "trainer.betas=[0.8, 0.9]", "run.name=a=b", "rollout.group_size=16",
            ])
        #expect(recipe.rollout.groupSize == 16)
        #expect(recipe.rollout.stop == ["a", "b"])
        #expect(recipe.environments[0].levels == 3...3)
        #expect(recipe.environments[0].options.values == ["maximum_value": 9])
        #expect(recipe.algorithm == Recipe.Algorithm(name: "grpo", settings: RecipeSettings(["clip_low": 0.1])))
        #expect(recipe.trainer.betas == [0.8, 0.9])
        #expect(recipe.run.name == "a=b")
    }

    @Test("replaces a name and its settings whole")
    func algorithm() throws {
        let recipe = try Recipe.test(yaml, overrides: ["algorithm.clip_low=0.1", "algorithm=spo"])
        #expect(recipe.algorithm == Recipe.Algorithm(name: "spo"))
    }

    @Test(
        "is named as the place of its mistakes",
        arguments: [
            ("rollout.group_sise=4", "rollout.group_sise", "no such key", "group_size"),
            ("rollout.group_size=many", "rollout.group_size", "many", nil),
            ("rollout.group_size=1", "rollout.group_size", "group of 1", nil),
            ("environments.0.name=Sortin", "environments.0.name", "no environment", "Sorting"),
            ("environments.3.level=1", "environments.3.level", "no element \"3\"", nil),
            ("run.seed.x=1", "run.seed", "a mapping", nil),
            ("algorithm.name.x=1", "algorithm.name.x", "the text \"grpo\"", nil),
            ("trainer.betas=[0.9", "trainer.betas", "not YAML", nil),
        ] as [(String, String, String, String?)])
    func mistake(_ override: String, key: String, problem: String, suggestion: String?) throws {
        let found = try mistakes(in: yaml, overrides: [override])
        #expect(found.count == 1, "\(found)")
        let mistake = try #require(found.first)
        #expect(mistake.source == "--set \(override.prefix { $0 != "=" })")
        #expect(mistake.line == nil)
        #expect(mistake.key == key)
        #expect(mistake.problem.contains(problem), "\(mistake.problem)")
        #expect(mistake.suggestion == suggestion)
    }

    @Test("without a key or an equals sign sets nothing", arguments: ["rollout.group_size", "=4", ""])
    func nothing(_ override: String) throws {
        #expect(try mistakes(in: yaml, overrides: [override]).first?.expected?.contains("KEY=VALUE") == true)
    }
}

@Suite("The reference of recipes")
struct RecipeReferenceTests {
    @Test("explains every key", arguments: RecipeSchema.entries.map(\.path))
    func explains(_ path: String) throws {
        let text = try RecipeReference.explain(path)
        let key = try RecipeSchema.entry(at: path).key
        #expect(text.contains(key.summary))
        #expect(text.contains(path))
        #expect(key.summary.count <= 120 && !key.summary.isEmpty)
    }

    @Test("lists every key")
    func explainsAll() {
        let text = RecipeReference.explainAll()
        for entry in RecipeSchema.entries where entry.key.kind.keys == nil { #expect(text.contains(entry.path)) }
        #expect(RecipeReference.json.array?.count == RecipeSchema.entries.count)
    }

    @Test("takes a list's elements by number, and a name that only one key has")
    func finds() throws {
        #expect(try RecipeSchema.entry(at: "environments.0.weight").path == "environments.*.weight")
        #expect(try RecipeSchema.entry(at: "environments.weight").path == "environments.*.weight")
        #expect(try RecipeSchema.entry(at: "group_size").path == "rollout.group_size")
        let error = try #require(throws: WhetError.self) { try RecipeSchema.entry(at: "rollout.group_sice") }
        #expect(error.suggestion == "rollout.group_size")
        #expect(throws: WhetError.self) { try RecipeSchema.entry(at: "") }
    }

    @Test("docs/recipes.md is what the schema says; WHET_WRITE_DOCS=1 writes it anew")
    func document() throws {
        let file = repository.appending(path: "docs/recipes.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let (start, end) = ("<!-- generated -->\n", "<!-- end -->\n")
        let opening = try #require(text.firstRange(of: start))
        let closing = try #require(text.firstRange(of: end))
        let generated = text.replacingCharacters(
            in: opening.upperBound..<closing.lowerBound, with: "\n\(RecipeReference.markdown)\n")
        if ProcessInfo.processInfo.environment["WHET_WRITE_DOCS"] == "1" {
            try generated.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(text == generated, "run: WHET_WRITE_DOCS=1 swift test --filter RecipeReferenceTests")
        }
    }
}

@Suite("A kind that stands for its section")
struct KindShorthandTests {
    @Test("in a file, and by --set, which leaves the section's other keys as they are")
    func trainer() throws {
        let start = "environments: [{name: Sorting}]\n"
        #expect(try Recipe.test(start + "trainer: torch").trainer.kind == .torch)
        let set = try Recipe.test(start + "trainer: {learning_rate: 0.5}", overrides: ["trainer=torch"])
        #expect(set.trainer.kind == .torch && set.trainer.learningRate == 0.5)
        let both = try Recipe.test(start + "trainer: torch", overrides: ["trainer.processes=4"])
        #expect(both.trainer.kind == .torch && both.trainer.processes == 4)
        let lora = try Recipe.test(
            start + "trainer: torch", overrides: ["trainer.lora.rank=4", "inference=vllm", "inference.url=http://h:1"])
        #expect(lora.trainer.lora == Recipe.LoRA(rank: 4, alpha: 32, targets: ["all-linear"]))
        #expect(lora.inference.kind.name == "vllm")
    }
}
