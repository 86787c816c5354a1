import Foundation
import Testing
import WhetAlgorithms
import WhetCore

@Suite("The catalog")
struct CatalogTests {
    @Test("every algorithm stands with its defaults, and names no setting twice", arguments: AlgorithmCatalog.names)
    func defaults(name: String) throws {
        let algorithm = try Algorithm.named(name)
        let keys = algorithm.settings.map(\.name)
        #expect(Set(keys).count == keys.count)
        #expect(algorithm.settings.allSatisfy { !$0.summary.isEmpty && !$0.type.isEmpty })
        try algorithm.check(groupSize: algorithm.tracking == nil ? 8 : 1)
    }

    @Test("every default may be written out", arguments: AlgorithmCatalog.names)
    func writtenOut(name: String) throws {
        let algorithm = try Algorithm.named(name)
        let settings = JSONObject(uniqueKeysWithValues: algorithm.settings.map { ($0.name, $0.defaultValue) })
        #expect(try Algorithm.named(name, settings: settings).settings == algorithm.settings)
    }

    @Test("every algorithm runs under every objective", arguments: AlgorithmCatalog.names)
    func objectives(name: String) throws {
        for objective in ObjectiveCatalog.names {
            let algorithm = try Algorithm.named(name, settings: ["objective": .string(objective)])
            #expect(type(of: algorithm.loss.objective).name == objective)
        }
    }

    @Test("names are unique, texts are there")
    func texts() {
        #expect(Set(AlgorithmCatalog.names).count == AlgorithmCatalog.all.count)
        #expect(Set(ObjectiveCatalog.names).count == ObjectiveCatalog.names.count)
        for definition in AlgorithmCatalog.all {
            for text in [definition.summary, definition.formula, definition.source, definition.whenToUse] {
                #expect(!text.isEmpty)
            }
        }
    }

    @Test("the vetted defaults")
    func vettedDefaults() throws {
        let grpo = try #require(Algorithm.named("grpo").loss.objective as? PPOClip)
        #expect((grpo.clipLow, grpo.clipHigh, grpo.dualClip) == (0.2, 0.2, 3))
        #expect(try Algorithm.named("grpo").loss.aggregation == .tokenMean)
        #expect(try (Algorithm.named("dapo").loss.objective as? PPOClip)?.clipHigh == 0.28)
        #expect(try Algorithm.named("dapo").sampling.isOn)
        let spo = try Algorithm.named("spo")
        #expect((spo.loss.objective as? PPOClip)?.dualClip == 10)
        #expect(spo.tracking == BetaTracker.Parameters() && !spo.needsGroups)
        #expect(try Algorithm.named("gspo").loss.aggregation == .sequenceMeanTokenMean)
        #expect(try Algorithm.named("aspo").toolCalls.delta == -2)
    }

    @Test(
        "mistakes are named, with what is nearest",
        arguments: [
            ("grpo", ["clip_hihg": 0.3], "clip_hihg", "clip_high"),
            ("spo", ["rho_mn": 0.9], "rho_mn", "rho_min"),
            ("grpo", ["objective": "pp_clip"], "objective", "ppo_clip"),
        ] as [(String, JSONObject, String, String)])
    func unknown(name: String, settings: JSONObject, place: String, nearest: String) {
        let error = #expect(throws: WhetError.self) { try Algorithm.named(name, settings: settings) }
        #expect(error?.place == place && error?.suggestion == nearest)
    }

    @Test("a name nobody knows")
    func unknownAlgorithm() {
        let error = #expect(throws: WhetError.self) { try Algorithm.named("drgrpo") }
        #expect(error?.suggestion == "dr_grpo")
    }

    @Test("a setting of another objective says whose it is")
    func otherObjective() {
        let error = #expect(throws: WhetError.self) { try Algorithm.named("rloo", settings: ["tau_positive": 1]) }
        #expect(error?.remedy?.contains("sapo") == true)
    }

    @Test(
        "wrong values are refused with what is allowed",
        arguments: [
            ["clip_low": "a"], ["clip_low": -0.1], ["clip_low": nil], ["dual_clip": 1], ["normalize": "mean"],
            ["aggregation": "mean"], ["dynamic_sampling": 1], ["max_staleness": 1.5], ["kl_estimator": "k4"],
            ["objective": 3],
        ] as [JSONObject])
    func wrongValues(settings: JSONObject) {
        let error = #expect(throws: WhetError.self) { try Algorithm.named("grpo", settings: settings) }
        #expect(error?.place == settings.keys.first && error?.expected != nil)
    }

    @Test(
        "impossible combinations are refused with the reason",
        arguments: [
            ("gmpo", ["aggregation": "token-mean"], "aggregation"),
            ("spo", ["dynamic_sampling": true], "dynamic_sampling"),
            ("spo", ["length_penalty": 0.1], "length_penalty"),
            ("spo", ["rho_min": 0.97], "rho_min"),
            ("spo", ["reward_low": 2], "reward_low"),
            ("gae", ["delta": -1], "delta"),
            ("grpo", ["kl_in": "reward"], "kl_in"),
            ("grpo", ["importance_mode": "mask"], "importance_mode"),
            ("dapo", ["overlong_limit": 100], "overlong_buffer"),
            ("grpo", ["objective": "cross_entropy", "cross_entropy_weight": 1], "cross_entropy_weight"),
            ("grpo", ["objective": "reverse_kl", "reverse_kl_weight": 1], "reverse_kl_weight"),
        ] as [(String, JSONObject, String)])
    func combinations(name: String, settings: JSONObject, place: String) {
        let error = #expect(throws: WhetError.self) { try Algorithm.named(name, settings: settings) }
        #expect(error?.place == place)
    }

    @Test("a group of one is refused where groups are compared", arguments: AlgorithmCatalog.all.map(\.name))
    func groupsOfOne(name: String) throws {
        let algorithm = try Algorithm.named(name)
        if algorithm.needsGroups {
            #expect(throws: WhetError.self) { try algorithm.check(groupSize: 1) }
        } else {
            try algorithm.check(groupSize: 1)
        }
    }

    @Test("KL goes where it is put")
    func kl() throws {
        let inLoss = try Algorithm.named("grpo", settings: ["kl_coefficient": 0.01, "kl_estimator": "k3+"])
        #expect(inLoss.loss.klPenalty == KLPenalty(.k3Plus, coefficient: 0.01) && inLoss.rewardPenalty == nil)
        let inReward = try Algorithm.named(
            "reinforce_plus_plus", settings: ["kl_coefficient": 0.01, "kl_in": "reward"])
        #expect(inReward.loss.klPenalty == nil && inReward.rewardPenalty == KLPenalty(.k3, coefficient: 0.01))
        #expect(inLoss.needsReference && inReward.needsReference)
        #expect(try !Algorithm.named("grpo").needsReference)
    }

    @Test("components are there with a weight, averaged over their own tokens, and need what they need")
    func components() throws {
        #expect(try Algorithm.named("grpo").loss.components.isEmpty)
        let mixed = try Algorithm.named(
            "spo",
            settings: [
                "cross_entropy_weight": 0.1, "reverse_kl_weight": 2, "reverse_kl_estimator": "k3+",
                "aggregation": "token-sum",
            ])
        #expect(Set(mixed.loss.components.keys) == [CrossEntropy.name, ReverseKL.name])
        let imitation = try #require(mixed.loss.components[CrossEntropy.name])
        #expect(imitation.objective is CrossEntropy && imitation.weight == 0.1 && imitation.aggregation == .tokenMean)
        let distillation = try #require(mixed.loss.components[ReverseKL.name])
        #expect((distillation.objective as? ReverseKL)?.estimator == .k3Plus && distillation.weight == 2)
        #expect(mixed.needsReference && !mixed.loss.needsReference(component: nil))
        #expect(mixed.loss.needsReference(component: "reverse_kl"))
        #expect(!mixed.loss.needsReference(component: "cross_entropy"))
        #expect(try !Algorithm.named("spo", settings: ["cross_entropy_weight": 1]).needsReference)
        #expect(throws: WhetError.self) { try Algorithm.named("spo", settings: ["cross_entropy_weight": -1]) }
    }

    @Test("docs/algorithms.md says what the catalogs say; WHET_WRITE_DOCS=1 writes it anew")
    func generated() throws {
        let text = try Self.documentation()
        var expected = text
        for (mark, words) in [
            ("algorithms with groups", try AlgorithmReference.algorithms(groups: true)),
            ("algorithms without groups", try AlgorithmReference.algorithms(groups: false)),
            ("objectives", AlgorithmReference.objectives),
        ] {
            let opening = try #require(expected.firstRange(of: "<!-- \(mark) -->\n"), "\(mark)")
            let closing = try #require(expected[opening.upperBound...].firstRange(of: "<!-- end -->\n"), "\(mark)")
            expected.replaceSubrange(opening.upperBound..<closing.lowerBound, with: "\n\(words)\n")
        }
        if ProcessInfo.processInfo.environment["WHET_WRITE_DOCS"] == "1" {
            try expected.write(to: Self.document, atomically: true, encoding: .utf8)
        } else {
            #expect(text == expected, "run: WHET_WRITE_DOCS=1 swift test --filter CatalogTests")
        }
    }

    @Test("docs/algorithms.md speaks of every algorithm, objective and setting")
    func documentation() throws {
        let text = try Self.documentation()
        for name in AlgorithmCatalog.names { #expect(text.contains("### \(name)\n"), "\(name)") }
        for name in ObjectiveCatalog.names { #expect(text.contains("`\(name)`"), "\(name)") }
        for name in AlgorithmCatalog.names {
            let algorithm = try Algorithm.named(name)
            for setting in algorithm.settings { #expect(text.contains("`\(setting.name)`"), "\(setting.name)") }
            #expect(text.contains(algorithm.definition.source), "\(algorithm.definition.source)")
        }
        for way in Aggregation.allCases { #expect(text.contains("| `\(way.rawValue)` |"), "\(way)") }
        for estimator in KLEstimator.allCases { #expect(text.contains("`\(estimator.rawValue)`"), "\(estimator)") }
    }

    @Test("docs/algorithms.md tells the defaults that hold")
    func documentedDefaults() throws {
        let sections = try Self.documentation().components(separatedBy: "\n## ")
        let section = try #require(sections.first { $0.hasPrefix("Settings of every algorithm") })
        let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
            row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        var documented: [String: String] = [:]
        for row in rows {
            let names = row[0].components(separatedBy: ", ").map { $0.trimmingCharacters(in: ["`"]) }
            let values = names.count == 1 ? [row[1]] : row[1].components(separatedBy: ", ")
            for (name, value) in zip(names, values) { documented[name] = value }
        }
        // Settings of the estimator and of the objective stand with them.
        let own = Set(["normalize", "epsilon", "clip_low", "clip_high", "dual_clip", "objective"])
        for setting in try Algorithm.named("grpo").settings where !own.contains(setting.name) {
            let text = setting.defaultValue.string ?? setting.defaultValue.text()
            let shown = try #require(documented[setting.name], "\(setting.name)")
            let isSame = setting.defaultValue.double.map { Double(shown) == $0 } ?? (shown == text)
            #expect(isSame, "\(setting.name) is \(text), and the guide says \(shown)")
        }
    }

    private static let document = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/algorithms.md")

    private static func documentation() throws -> String { try String(contentsOf: document, encoding: .utf8) }

    @Test("the benchmark times every estimator once")
    func benchmark() throws {
        let figures = try AlgorithmBenchmark.figures(rollouts: 16, tokens: 20, repetitions: 1)
        #expect(Set(figures.map(\.name)).count == figures.count)
        #expect(figures.contains { $0.name == "grpo" } && figures.allSatisfy { $0.credit > 0 && $0.writtenOut > 0 })
    }
}
