import Foundation
import Testing
import WhetCore
import WhetYAML

@testable import WhetTraining

/// A recipe with one mistake, and what is to be said of it.
struct BadRecipe: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var yaml: String
    var line: Int
    var column: Int?
    var key: String
    /// Must occur in the problem.
    var problem: String
    /// Must occur in what is expected.
    var expected: String?
    var suggestion: String?

    init(
        _ name: String, _ yaml: String, line: Int, column: Int? = nil, key: String, problem: String,
        expected: String? = nil,
        suggestion: String? = nil
    ) {
        testDescription = name
        self.yaml = yaml
        self.line = line
        self.column = column
        self.key = key
        self.problem = problem
        self.expected = expected
        self.suggestion = suggestion
    }

    private static let start = "environments: [{name: Sorting}]\n"

    static let all: [BadRecipe] = [
        BadRecipe(
            "unknown key", start + "rollout:\n  group_sise: 4", line: 3, column: 3, key: "rollout.group_sise",
            problem: "no such key", expected: "group_size", suggestion: "group_size"),
        BadRecipe(
            "unknown section", start + "trianer: {}", line: 2, key: "trianer", problem: "no such key",
            suggestion: "trainer"),
        BadRecipe(
            "key of another section", start + "run:\n  group_size: 4", line: 3, key: "run.group_size",
            problem: "no such key",
            suggestion: "rollout.group_size"),
        BadRecipe(
            "text for a number", start + "rollout:\n  group_size: many", line: 3, column: 15, key: "rollout.group_size",
            problem: "the text \"many\"", expected: "a whole number"),
        BadRecipe(
            "quoted number", start + "rollout:\n  group_size: \"8\"", line: 3, key: "rollout.group_size",
            problem: "the text \"8\"", expected: "a whole number"),
        BadRecipe(
            "fraction for a whole number", start + "run: {steps: 1.5}", line: 2, key: "run.steps", problem: "1.5",
            expected: "a whole number"),
        BadRecipe(
            "number beyond 64 bits", start + "run: {seed: 99999999999999999999}", line: 2, key: "run.seed",
            problem: "number",
            expected: "a whole number"),
        BadRecipe(
            "out of range", start + "rollout: {temperature: 0}", line: 2, key: "rollout.temperature",
            problem: "the number 0",
            expected: "above 0"),
        BadRecipe(
            "a trainer that cannot",
            start + "algorithm: {name: grpo, entropy_bonus: 0.1}\ninference: {kind: tinker, "
                + "url: 'http://h:1'}\ntrainer: {kind: tinker, url: 'http://h:1'}", line: 2,
            key: "algorithm.entropy_bonus", problem: "the trainer tinker computes no entropy",
            expected: "embedded or torch"),
        BadRecipe(
            "adapters on the engine", start + "trainer: {lora: {}}", line: 2, key: "trainer.lora",
            problem: "the trainer embedded does not take it", expected: "torch or command or tinker"),
        BadRecipe(
            "adapters for whet's own server", start + "trainer: {kind: torch, lora: {}}", line: 2, key: "trainer.lora",
            problem: "loads no adapters", expected: "vllm or sglang"),
        BadRecipe(
            "a service without its address", start + "inference: {kind: auto, url: 'http://h:1'}\ntrainer: tinker",
            line: 3, key: "trainer.url", problem: "tinker needs it", expected: "http://"),
        BadRecipe(
            "a command that is not there", start + "trainer: command", line: 2, key: "trainer.command",
            problem: "command needs it"),
        BadRecipe(
            "a service's weights on another server", start + "trainer: {kind: tinker, url: 'http://h:1'}", line: 1,
            key: "inference.kind", problem: "hands weights on as remote", expected: "one of directory"),
        BadRecipe(
            "verdicts on wholes for credit by step", start + "algorithm: {name: grpo, by_step: true}", line: 1,
            key: "environments.0.name", problem: "Sorting does not judge steps"),
        BadRecipe(
            "not a number", start + "trainer: {learning_rate: .nan}", line: 2, key: "trainer.learning_rate",
            problem: "number",
            expected: "above 0"),
        BadRecipe(
            "infinite", start + "trainer: {epsilon: .inf}", line: 2, key: "trainer.epsilon", problem: "number",
            expected: "above 0"),
        BadRecipe(
            "YAML 1.1 boolean", start + "policy: {architecture: {tie_embeddings: yes}}", line: 2,
            key: "policy.architecture.tie_embeddings", problem: "\"yes\"", expected: "true or false", suggestion: "true"
        ),
        BadRecipe(
            "null for a number", start + "run:\n  steps:", line: 3, key: "run.steps", problem: "null",
            expected: "whole number"),
        BadRecipe(
            "unknown choice", start + "trainer: {schedule: cosin}", line: 2, key: "trainer.schedule", problem: "cosin",
            expected: "constant, linear, cosine", suggestion: "cosine"),
        BadRecipe(
            "empty text", start + "policy: {model: \"\"}", line: 2, key: "policy.model", problem: "the text \"\""),
        BadRecipe(
            "list for a section", start + "run: [1]", line: 2, key: "run", problem: "a list", expected: "a mapping"),
        BadRecipe("text for a section", start + "run: fast", line: 2, key: "run", problem: "the text \"fast\""),
        BadRecipe(
            "mapping for a list", "environments: {name: Sorting}", line: 1, key: "environments", problem: "a mapping",
            expected: "a list"),
        BadRecipe(
            "text for an environment", "environments: [Sorting]", line: 1, column: 16, key: "environments.0",
            problem: "Sorting",
            expected: "a mapping of name"),
        BadRecipe(
            "wrong length", start + "trainer: {betas: [0.9]}", line: 2, key: "trainer.betas", problem: "a list",
            expected: "a list of 2"),
        BadRecipe(
            "wrong element", start + "trainer:\n  betas:\n    - 0.9\n    - 1", line: 5, key: "trainer.betas.1",
            problem: "the number 1", expected: "below 1"),
        BadRecipe("missing section", "run: {steps: 1}", line: 1, key: "environments", problem: "missing"),
        BadRecipe("no environment", "environments: []", line: 1, key: "environments", problem: "there is none"),
        BadRecipe(
            "missing name", "environments:\n  - weight: 1", line: 2, key: "environments.0.name", problem: "missing"),
        BadRecipe(
            "unknown environment", "environments:\n  - name: Sortign", line: 2, column: 11, key: "environments.0.name",
            problem: "no environment \"Sortign\"", expected: "Maze", suggestion: "Sorting"),
        BadRecipe(
            "unknown option", "environments:\n  - name: Sorting\n    options:\n      maximum_valeu: 9", line: 4,
            key: "environments.0.options.maximum_valeu", problem: "option", suggestion: "maximum_value"),
        BadRecipe(
            "level too high", "environments:\n  - name: Multiplication\n    levels: [0, 6]", line: 3,
            key: "environments.0.levels", problem: "level 5"),
        BadRecipe(
            "levels upside down", "environments: [{name: Sorting, levels: [3, 1]}]", line: 1,
            key: "environments.0.levels",
            problem: "a list", expected: "lowest, highest"),
        BadRecipe(
            "both names of a key", "environments: [{name: Sorting, level: 1, levels: 2}]", line: 1,
            key: "environments.0.levels", problem: "mean the same"),
        BadRecipe(
            "no weight", "environments:\n  - {name: Sorting, weight: 0}", line: 2, key: "environments",
            problem: "every weight is 0"),
        BadRecipe(
            "unknown algorithm", start + "algorithm: gpro", line: 2, column: 12, key: "algorithm.name",
            problem: "no algorithm \"gpro\"", suggestion: "grpo"),
        BadRecipe(
            "algorithm without a name", start + "algorithm: {clip_low: 0.2}", line: 2, key: "algorithm",
            problem: "name is missing"),
        BadRecipe(
            "algorithm that is a number", start + "algorithm: 3", line: 2, key: "algorithm", problem: "the number 3"),
        BadRecipe(
            "unknown setting", start + "algorithm:\n  name: grpo\n  clip_lo: 0.2", line: 4, key: "algorithm.clip_lo",
            problem: "clip_lo", suggestion: "clip_low"),
        BadRecipe(
            "wrong setting", start + "algorithm:\n  name: grpo\n  clip_low: abc", line: 4, key: "algorithm.clip_low",
            problem: "no number", expected: "a number"),
        BadRecipe(
            "group of one with GRPO", start + "algorithm: grpo\nrollout:\n  group_size: 1", line: 4,
            key: "rollout.group_size",
            problem: "group of 1", expected: "spo"),
        BadRecipe(
            "heads", start + "policy:\n  architecture:\n    heads: 6\n    key_value_heads: 4", line: 5,
            key: "policy.architecture.key_value_heads", problem: "4 does not divide the 6", expected: "1, 2, 3, 6"),
        BadRecipe(
            "odd head", start + "policy:\n  architecture:\n    head_dimension: 33", line: 4,
            key: "policy.architecture.head_dimension", problem: "odd"),
        BadRecipe(
            "no room for a prompt", start + "rollout:\n  max_new_tokens: 256", line: 3, key: "rollout.max_new_tokens",
            problem: "no room"),
        BadRecipe(
            "no such model", start + "policy:\n  model: /nowhere/qwen", line: 3, key: "policy.model",
            problem: "config.json"),
        BadRecipe(
            "no server", start + "inference:\n  kind: sglang", line: 3, key: "inference.urls", problem: "needs a server"
        ),
        BadRecipe(
            "server for the embedded engine", start + "inference:\n  urls: [http://a]", line: 3, key: "inference.urls",
            problem: "its own address"),
        BadRecipe(
            "no address", start + "inference:\n  kind: openai\n  urls:\n    - http://a\n    - localhost:8000", line: 6,
            key: "inference.urls.1", problem: "no address"),
        BadRecipe(
            "nobody to ask", start + "inference:\n  kind: auto", line: 3, key: "inference.urls",
            problem: "no server to ask"
        ),
        BadRecipe(
            "a server twice", start + "inference: {kind: vllm, urls: [http://a, http://a]}", line: 2,
            key: "inference.urls.1", problem: "in the list already"),
        BadRecipe(
            "no such concurrency", start + "inference: {concurrency: automatic}", line: 2, key: "inference.concurrency",
            problem: "text", expected: "or auto"),
        BadRecipe(
            "too many mini-batches", start + "trainer:\n  mini_batches: 300", line: 3, key: "trainer.mini_batches",
            problem: "only 256 rollouts"),
        BadRecipe(
            "warm-up beyond the run", start + "run: {steps: 5}\ntrainer: {warmup_steps: 6}", line: 3,
            key: "trainer.warmup_steps", problem: "the run ends"),
        BadRecipe(
            "nothing to warm up on", "environments: [{name: Maze}]\nwarmup:\n  steps: 3", line: 3, key: "warmup.steps",
            problem: "Maze cannot show"),
        BadRecipe("empty", "# nothing\n", line: 1, key: "", problem: "empty"),
        BadRecipe("null", "~", line: 1, key: "", problem: "empty"),
        BadRecipe("not a mapping", "- 1\n- 2", line: 1, key: "", problem: "a list", expected: "a mapping"),
        BadRecipe("only text", "train it well", line: 1, key: "", problem: "the text"),
        BadRecipe("tab", start + "run:\n\tsteps: 1", line: 3, key: "", problem: "tab", expected: "spaces"),
        BadRecipe("bracket left open", start + "run: {steps: 1", line: 2, key: "", problem: "not YAML"),
        BadRecipe("quote left open", start + "run: {name: \"a}", line: 2, key: "", problem: "not YAML"),
        BadRecipe(
            "key twice", start + "warmup: {steps: 1}\nrun:\n  steps: 1\n  seed: 2\n  steps: 3", line: 6, key: "steps",
            problem: "twice"),
        BadRecipe("two documents", start + "---\nrun: {}", line: 2, key: "", problem: "second YAML document"),
        BadRecipe("unknown alias", start + "run: *other", line: 2, key: "", problem: "alias"),
        BadRecipe(
            "merge key", start + "run: &a {steps: 1}\nwarmup:\n  <<: *a", line: 4, key: "warmup", problem: "merge keys"),
        BadRecipe("tag", start + "run: !!python/object {steps: 1}", line: 2, key: "run", problem: "python/object"),
        BadRecipe("own tag", start + "run: {steps: !secret 1}", line: 2, key: "run.steps", problem: "!secret"),
        BadRecipe("list as a key", start + "? [a, b]\n: 1", line: 2, key: "", problem: "a key is a list"),
    ]
}

@Suite("A recipe's mistakes")
struct RecipeMistakeTests {
    @Test("are found, each with its place and what would be right", arguments: BadRecipe.all)
    func areFound(_ sample: BadRecipe) throws {
        let found = try mistakes(in: sample.yaml)
        #expect(found.count == 1, "\(found)")
        let mistake = try #require(found.first)
        #expect(mistake.source == "r.yaml")
        #expect(mistake.line == sample.line)
        if let column = sample.column { #expect(mistake.column == column) }
        #expect(mistake.key == sample.key)
        #expect(mistake.problem.contains(sample.problem), "\(mistake.problem)")
        if let expected = sample.expected {
            #expect(mistake.expected?.contains(expected) == true, "\(mistake.expected ?? "-")")
        }
        #expect(mistake.suggestion == sample.suggestion)
    }

    @Test("are told together, in the order of their lines")
    func areToldTogether() throws {
        let found = try mistakes(
            in: """
                environments: [{name: Sortign}]
                rollout:
                  group_sise: 4
                  temperature: hot
                run: {steps: -1}
                """)
        #expect(found.map(\.line) == [1, 3, 4, 5])
        let text = RecipeError(found).description
        #expect(text.contains(#"r.yaml:3:3: rollout.group_sise: there is no such key (did you mean "group_size"?)"#))
        #expect(text.hasSuffix("4 mistakes; nothing was started"))
    }

    @Test("do not drag others behind them")
    func standAlone() throws {
        let found = try mistakes(in: "environments: [{name: Sorting}]\ninference: {kind: sglang, urls: 7}")
        #expect(found.map(\.key) == ["inference.urls"])
    }

    @Test("in the bytes are found where they are")
    func bytes() throws {
        let text = Array("environments: [{name: Sorting}]\nrun:\n  name: ".utf8)
        let found = try mistakes(in: text + [0xC3, 0x28, 0x0A])
        #expect(found.map(\.line) == [3])
        #expect(found.first?.problem == "the file is not UTF-8 text")
        #expect(try mistakes(in: [0xFF, 0xFE, 0x61, 0x00]).first?.line == 1)
        #expect(try mistakes(in: Array("run: \u{0}".utf8)).first?.line == 1)
    }

    @Test("of size and depth end before the parser's stack does")
    func size() throws {
        let huge = [UInt8](repeating: UInt8(ascii: "a"), count: YAMLFormat.maximumBytes + 1)
        #expect(try mistakes(in: huge).first?.problem.contains("bytes") == true)
        for opening in ["[", "{a: ", "- ", "? "] {
            let found = try mistakes(in: "run:\n  " + String(repeating: opening, count: 20_000))
            #expect(found.count == 1)
            #expect(found.first?.line == 2)
        }
        let staircase = (0..<500).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(try mistakes(in: staircase).count == 1)
    }

    @Test("of aliases that multiply end early")
    func aliases() throws {
        var yaml = "environments: [{name: Sorting}]\na0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
        for index in 1..<12 {
            let list = Array(repeating: "*a\(index - 1)", count: 10).joined(separator: ", ")
            yaml += "a\(index): &a\(index) [\(list)]\n"
        }
        let found = try mistakes(in: yaml)
        #expect(found.count == 1)
        #expect(found.first?.problem.contains("aliases") == true)
    }

    @Test("whatever the bytes are, reading ends in an error or a recipe")
    func hostileBytes() throws {
        var random = RandomStream(seed: 5, purpose: "hostile recipes")
        let good = Array(
            try String(contentsOf: repository.appending(path: "recipes/quickstart.yaml"), encoding: .utf8).utf8)
        for _ in 0..<300 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(Array(#"{}[]:-&*!|>'"%@#, "#.utf8).randomElement(using: &random) ?? 0, at: place)
                }
            }
            _ = try mistakes(in: bytes)
        }
    }
}
