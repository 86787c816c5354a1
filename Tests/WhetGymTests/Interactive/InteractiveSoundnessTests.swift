import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

/// What holds for every interactive environment at every level.
@Suite("Interactive environments: soundness")
struct InteractiveSoundnessTests {
    @Test("the catalog has them all")
    func catalog() throws {
        #expect(GameType.all.count >= 8)
        for game in GameType.all {
            let entry = try EnvironmentCatalog.gym.entry(named: game.type.name)
            #expect(Set(["illegal_moves", "illegal_limit", "illegal_cost"]).isSubset(of: entry.options.map(\.name)))
            #expect(try entry.environment(options: ["illegal_moves": "penalize"]).name == game.type.name)
            #expect(throws: WhetError.self) { try entry.environment(options: ["illegal_moves": "forbid"]) }
        }
    }

    @Test("the same seed and level give the same task, other seeds others", arguments: GameType.all)
    func tasksAreReproducible(_ game: GameType) throws { try tasksAreReproducible(game.type) }

    private func tasksAreReproducible<Base: InteractiveEnvironment>(_ type: Base.Type) throws {
        let environment = Interactive<Base>()
        for level in 0...Base.maximumLevel {
            let tasks = try (0..<UInt64(4)).map { try environment.task(level: level, seed: $0) }
            #expect(try (0..<UInt64(4)).map { try environment.task(level: level, seed: $0) } == tasks)
            #expect(Set(tasks.map(\.problem)).count > 1)
        }
        #expect(throws: WhetError.self) { try environment.task(level: -1, seed: 1) }
        #expect(throws: WhetError.self) { try environment.task(level: Base.maximumLevel + 1, seed: 1) }
    }

    @Test("a problem read back from JSON is the same problem", arguments: GameType.all)
    func problemsSurviveStorage(_ game: GameType) throws { try problemsSurviveStorage(game.type) }

    private func problemsSurviveStorage<Base: InteractiveEnvironment>(_ type: Base.Type) throws {
        let environment = Interactive<Base>()
        for level in 0...Base.maximumLevel {
            let task = try environment.task(level: level, seed: 3)
            let stored = try JSONValue(parsing: task.problem.text())
            let problem = try stored.decoded(as: Base.Problem.self)
            #expect(try JSONValue(encoding: problem) == task.problem)
            let base = environment.base
            #expect(try task.messages[0].content.hasSuffix(base.observation(of: base.start(of: problem))))
        }
    }

    @Test("a demonstration is the game that would have been played", arguments: GameType.all)
    func demonstrationsAreGames(_ game: GameType) async throws { try await demonstrationsAreGames(game.type) }

    private func demonstrationsAreGames<Base: InteractiveEnvironment>(_ type: Base.Type) async throws {
        let environment = try interactive(type, ["illegal_moves": "penalize"])
        for level in 0...Base.maximumLevel {
            let task = try environment.task(level: level, seed: UInt64(level))
            let demonstration = try #require(try environment.demonstration(of: task))
            let moves = demonstration.filter { $0.role == .assistant }.map(\.content)
            #expect(demonstration.map(\.role) == Array(moves.flatMap { _ in [.assistant, .user] }.dropLast()))
            #expect(try await environment.conversation(moves, of: task) == task.messages + demonstration)
            let whole = task.messages + demonstration
            #expect(try await environment.reply(to: whole, of: task) == nil)
            let score = try await environment.score(whole, of: task)
            #expect(score.part("illegal_moves") == 0)
            #expect(try await environment.score(whole, of: task) == score)
        }
    }

    @Test("a game cut short is not solved, and worth no more than a won one", arguments: GameType.all)
    func truncatedGames(_ game: GameType) async throws { try await truncatedGames(game.type) }

    private func truncatedGames<Base: InteractiveEnvironment>(_ type: Base.Type) async throws {
        let environment = Interactive<Base>()
        let task = try environment.task(level: min(2, Base.maximumLevel), seed: 11)
        let whole = task.messages + (try #require(try environment.demonstration(of: task)))
        for count in task.messages.count + 1..<whole.count where whole[count - 1].role == .assistant {
            let score = try await environment.score(Array(whole[..<count]), of: task)
            #expect((-1..<1).contains(score.reward))
            #expect(!score.isSolved)
            #expect(score.reason != nil)
        }
        await #expect(throws: WhetError.self) { try await environment.score(task.messages, of: task) }
        await #expect(throws: WhetError.self) { try await environment.reply(to: task.messages, of: task) }
    }

    @Test("messages after the end change nothing", arguments: GameType.all)
    func nothingAfterTheEnd(_ game: GameType) async throws { try await nothingAfterTheEnd(game.type) }

    private func nothingAfterTheEnd<Base: InteractiveEnvironment>(_ type: Base.Type) async throws {
        let environment = try interactive(type, ["illegal_moves": "penalize"])
        let task = try environment.task(level: 0, seed: 5)
        let whole = task.messages + (try #require(try environment.demonstration(of: task)))
        let more = whole + [Message(.user, "Go on."), Message(.assistant, "nonsense"), Message(.assistant, "")]
        #expect(try await environment.score(more, of: task) == environment.score(whole, of: task))
        #expect(try await environment.reply(to: more, of: task) == nil)
    }

    @Test("legal moves are legal, and nothing else changes the game", arguments: GameType.all)
    func legalMovesAreLegal(_ game: GameType) throws { try legalMovesAreLegal(game.type) }

    private func legalMovesAreLegal<Base: InteractiveEnvironment>(_ type: Base.Type) throws {
        let base = Base()
        for level in 0...Base.maximumLevel {
            var random = RandomStream(seed: 9, purpose: "test", level)
            let problem = try base.problem(level: level, random: &random)
            var state = try base.start(of: problem)
            var moves = 0
            while !base.isOver(state), moves < 60 {
                let legal = base.legalMoves(in: state)
                try #require(!legal.isEmpty)
                for move in legal {
                    var copy = state
                    if case .illegal(let reason) = base.play(move, in: &copy) { Issue.record("\(move): \(reason)") }
                    #expect((-1...1).contains(base.score(of: copy).reward))
                }
                for move in ["", " ", "0", "-1", "99", "1 99", "99999999999999999999", "upp", "hit me", "a a a", ","] {
                    var copy = state
                    guard case .illegal = base.play(move, in: &copy) else {
                        Issue.record("\(move) was played")
                        continue
                    }
                    #expect(base.observation(of: copy) == base.observation(of: state))
                }
                _ = base.play(try #require(legal.randomElement(using: &random)), in: &state)
                moves += 1
            }
        }
    }

    @Test("whatever a policy writes gets a reply and a score", arguments: GameType.all)
    func survivesAnything(_ game: GameType) async throws { try await survivesAnything(game.type) }

    private func survivesAnything<Base: InteractiveEnvironment>(_ type: Base.Type) async throws {
        let outputs =
            SoundnessTests.hostile + SoundnessTests.hostile.map { "<answer>\($0)</answer>" }
            + ["<answer>\n UP \n</answer>", "<answer>１ １</answer>", "<answer><|im_end|></answer>", "<answer>1</answer>"]
        for handling in ["mask", "penalize"] {
            let environment = try interactive(type, ["illegal_moves": .string(handling), "illegal_limit": 1000])
            let task = try environment.task(level: 1, seed: 2)
            let messages = try await environment.conversation(outputs, of: task)
            let score = try await environment.score(messages, of: task)
            #expect((-1...1).contains(score.reward))
            // What a policy writes must not come back as the environment's word.
            #expect(!messages.contains { $0.role == .user && ($0.content.contains("<|") || $0.content.contains("🏳")) })
            #expect(messages.allSatisfy { $0.role == .assistant || $0.content.utf8.count < 4000 })
        }
    }

    @Test("a broken problem is an error, not a crash", arguments: GameType.all)
    func brokenProblems(_ game: GameType) async throws { try await brokenProblems(game.type) }

    private func brokenProblems<Base: InteractiveEnvironment>(_ type: Base.Type) async throws {
        let environment = Interactive<Base>()
        let task = try environment.task(level: 1, seed: 2)
        let fields = try #require(task.problem.object)
        let messages = task.messages + [Message(.assistant, "<answer>1</answer>")]
        for (key, value) in fields {
            var broken = task
            for wrong in [.null, "x", [], -1, 1_000_000_007, ["x"], [-7], "", ["##", "@"]] as [JSONValue] {
                var object = fields
                object[key] = wrong
                broken.problem = .object(object)
                // A number may be as good as another, and no discs as good as some; all else has to be found out.
                if let score = try? await environment.score(messages, of: broken) {
                    #expect((-1...1).contains(score.reward))
                    #expect(value.integer != nil || value.string != nil || key == "opening", "\(key): \(wrong.text())")
                }
            }
            var object = fields
            object[key] = nil
            broken.problem = .object(object)
            await #expect(throws: WhetError.self) { try await environment.score(messages, of: broken) }
        }
    }
}
