import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

/// What holds for every environment of the catalog, at levels 0 to 4 and at the ends of what it has.
@Suite("Soundness")
struct SoundnessTests {
    static let levels = 0...4
    static let seeds: Range<UInt64> = 0..<40

    /// What policies write when they do not know, err or attack.
    static let hostile: [String] =
        [
            "", " ", "x", "-", "+", "--1", "0", "-1", "1_0", "1__0", "_1", "1e9", "1.5", "NaN", "inf", "None", "True",
            "()",
            "99999999999999999999999999999999", "-99999999999999999999999999999999", "9223372036854775807",
            "-9223372036854775808", "١ ٢ ٣", "１２", "𝟙 𝟚", "1,2,3", "\u{0}", "1\u{0}2", "\r\n", "1\r2\r\n3\n\n4",
            "\u{2028}",
            "<answer>1", "1</answer", "🏳️‍🌈", "é", "e\u{301}", "((((((1))))))", "1/0", "0**-1", "9**9**9**9", "1//0",
            "2**0.5",
            "(-8)**0.5", "...", "*", "/", "()()", "a b c", "LRUD", "Q.Q.", "010101", "\t1\t", "0 0", "0 0 0",
            "1 2 3 4 5 6 7 8",
        ] + [
            String(repeating: "(", count: 5000), String(repeating: "-", count: 5000) + "1",
            String(repeating: "9", count: 5000), String(repeating: "1 ", count: 5000),
            String(repeating: "0\n", count: 3000),
            String(repeating: "R", count: 5000), String(repeating: "2**", count: 500) + "2",
        ]

    @Test("a demonstration passes, however hard the problem", arguments: GymType.all)
    func demonstrationPasses(_ type: GymType) throws { try demonstrationPasses(type.type) }

    private func demonstrationPasses<Base: ProceduralEnvironment>(_ type: Base.Type) throws {
        let procedural = Procedural(Base())
        for seed in 0..<UInt64(200) {
            let level = Int(seed % 5)
            let problem = try procedural.problem(level: level, seed: seed)
            let answer = try #require(procedural.base.demonstration(for: problem), "level \(level), seed \(seed)")
            let reward = procedural.base.score(Answer(answer), for: problem)
            #expect(procedural.base.isSolved(reward, problem: problem), "\(problem): \(answer)")
        }
    }

    @Test("the same seed and level give the same task, other seeds others", arguments: GymType.all)
    func tasksAreReproducible(_ type: GymType) throws { try tasksAreReproducible(type.type) }

    private func tasksAreReproducible<Base: ProceduralEnvironment>(_ type: Base.Type) throws {
        let environment = Procedural(Base())
        for level in Self.levels where level <= Base.maximumLevel {
            let tasks = try Self.seeds.map { try environment.task(level: level, seed: $0) }
            #expect(try Self.seeds.map { try environment.task(level: level, seed: $0) } == tasks)
            #expect(Set(tasks.map(\.problem)).count > 1)
        }
    }

    @Test("a problem read back from JSON is the same problem", arguments: GymType.all)
    func problemsSurviveStorage(_ type: GymType) throws { try problemsSurviveStorage(type.type) }

    private func problemsSurviveStorage<Base: ProceduralEnvironment>(_ type: Base.Type) throws {
        let environment = Procedural(Base())
        for level in Self.levels where level <= Base.maximumLevel {
            for seed in 0..<UInt64(5) {
                let task = try environment.task(level: level, seed: seed)
                let problem = try task.problem.decoded(as: Base.Problem.self)
                #expect(try JSONValue(encoding: problem) == task.problem)
                #expect([Message(.user, environment.message(for: problem))] == task.messages)
                let demonstration = environment.base.demonstration(for: problem)
                #expect(
                    try environment.demonstration(of: task)?.first?.content
                        == demonstration.map { "<answer>\($0)</answer>" })
            }
        }
    }

    @Test("whatever a policy writes gets a score", arguments: GymType.all)
    func survivesAnything(_ type: GymType) throws { try survivesAnything(type.type) }

    private func survivesAnything<Base: ProceduralEnvironment>(_ type: Base.Type) throws {
        let procedural = Procedural(Base())
        for level in [0, 2, 4] where level <= Base.maximumLevel {
            for seed in 0..<UInt64(4) {
                let problem = try procedural.problem(level: level, seed: seed)
                for text in Self.hostile + Self.mutations(of: procedural.base.demonstration(for: problem) ?? "1 2") {
                    #expect((-1...1).contains(procedural.base.score(Answer(text), for: problem)), "\(text.prefix(100))")
                }
            }
        }
    }

    /// A good answer with a word doubled, dropped, swapped, enlarged, made foreign; a line lost or doubled.
    static func mutations(of answer: String) -> [String] {
        let words = answer.split(separator: " ").map(String.init)
        let lines = answer.split(separator: "\n").map(String.init)
        var mutations = [
            answer + answer, answer + " 1", answer + "\n" + answer, String(answer.reversed()),
            String(answer.dropLast()),
            String(answer.dropFirst()), words.reversed().joined(separator: " "),
            lines.reversed().joined(separator: "\n"),
            lines.dropLast().joined(separator: "\n"), answer.replacing("1", with: "١"),
            answer.replacing("0", with: "-1"),
            answer.replacing(" ", with: "\u{3000}"), answer.replacing("\n", with: "\r\n"), answer.lowercased(),
            answer.replacing("1", with: "9999999999999999999"), answer.replacing("0", with: "é"), answer + "\u{0}",
        ]
        for index in words.indices.prefix(8) {
            for other in ["", "x", "-1", "0", "1", "2", "9223372036854775807", "-9223372036854775808", "100000"] {
                var changed = words
                changed[index] = other
                mutations.append(changed.joined(separator: " "))
            }
        }
        return mutations
    }

    @Test("what is wrong does not pass", arguments: GymType.all)
    func wrongAnswersFail(_ type: GymType) throws { try wrongAnswersFail(type.type) }

    private func wrongAnswersFail<Base: ProceduralEnvironment>(_ type: Base.Type) throws {
        let procedural = Procedural(Base())
        var passed = 0
        var tried = 0
        for seed in Self.seeds {
            let problem = try procedural.problem(level: min(4, Base.maximumLevel), seed: seed)
            for text in ["x", "", "0", "1", "1 2 3", "999999999999"] {
                tried += 1
                if procedural.base.isSolved(procedural.base.score(Answer(text), for: problem), problem: problem) {
                    passed += 1
                }
            }
        }
        #expect(Double(passed) / Double(tried) < 0.25)
    }

    @Test("levels go as far as they say", arguments: GymType.all)
    func levelsEnd(_ type: GymType) throws { try levelsEnd(type.type) }

    private func levelsEnd<Base: ProceduralEnvironment>(_ type: Base.Type) throws {
        let environment = Procedural(Base())
        #expect(throws: WhetError.self) { try environment.task(level: -1, seed: 1) }
        #expect(throws: WhetError.self) { try environment.task(level: Base.maximumLevel + 1, seed: 1) }
        let problem = try environment.problem(level: Base.maximumLevel, seed: 1)
        if let answer = environment.base.demonstration(for: problem) {
            #expect(environment.base.isSolved(environment.base.score(Answer(answer), for: problem), problem: problem))
        }
    }
}
