import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

/// How good the scripted players are: what a policy can hope for.
///
/// WHET_GAMES_SEEDS=1000 plays so many games of each level and prints what came of it; WHET_GAMES=Sokoban,TextMaze only
/// those.
@Suite("Interactive environments: ceilings")
struct CeilingTests {
    static let seeds = ProcessInfo.processInfo.environment["WHET_GAMES_SEEDS"].flatMap(Int.init)

    static let games = {
        let names = ProcessInfo.processInfo.environment["WHET_GAMES"]?.split(separator: ",").map(String.init)
        return GameType.all.filter { names?.contains($0.testDescription) ?? true }
    }()

    struct Ceiling {
        var solved = 0.0, reward = 0.0, moves = 0.0
    }

    /// The least share of games that the player solves, of the easiest level and of the hardest.
    static let least: [String: (Double, Double)] = [
        "Blackjack": (1, 1), "ConnectFour": (1, 0.5), "FrozenLake": (1, 0.4), "Minesweeper": (1, 1), "Sokoban": (1, 1),
        "TextMaze": (1, 1), "TicTacToe": (0.8, 1), "WordGuessing": (0.9, 0.5),
    ]

    @Test("the player solves what it should", arguments: Self.games)
    func ceilings(_ game: GameType) async throws { try await ceilings(game.type) }

    private func ceilings<Base: InteractiveEnvironment>(_ type: Base.Type) async throws {
        let least = try #require(Self.least[Base.name])
        let levels = Self.seeds == nil ? [0, Base.maximumLevel] : Array(0...Base.maximumLevel)
        for level in levels {
            let ceiling = try await measure(type, level: level, count: Self.seeds ?? 30)
            if level == 0 { #expect(ceiling.solved >= least.0) }
            if level == Base.maximumLevel { #expect(ceiling.solved >= least.1) }
        }
    }

    private func measure<Base: InteractiveEnvironment>(
        _ type: Base.Type, level: Int, count: Int
    ) async throws -> Ceiling {
        let environment = Interactive<Base>()
        let clock = ContinuousClock()
        var tasks: [PracticeTask] = []
        let generation = try clock.measure {
            tasks = try (0..<UInt64(count)).map { try environment.task(level: level, seed: $0) }
        }
        var games: [[Message]] = []
        let playing = try clock.measure {
            games = try tasks.map { try $0.messages + #require(try environment.demonstration(of: $0)) }
        }
        var ceiling = Ceiling()
        var replies = 0
        let start = clock.now
        for (task, game) in zip(tasks, games) {
            for end in 2...game.count where game[end - 1].role == .assistant {
                _ = try await environment.reply(to: Array(game[..<end]), of: task)
                replies += 1
            }
        }
        let replying = clock.now - start
        let scoring = clock.now
        for (task, game) in zip(tasks, games) {
            let score = try await environment.score(game, of: task)
            ceiling.solved += score.isSolved ? 1 : 0
            ceiling.reward += score.reward
            #expect((-1...1).contains(score.reward))
        }
        let scored = clock.now - scoring
        ceiling.solved /= Double(count)
        ceiling.reward /= Double(count)
        ceiling.moves = Double(replies) / Double(count)
        if Self.seeds != nil {
            print(
                String(
                    format: "%@ level %d: solved %.1f %%, reward %.3f, %.1f moves; problems/s %.0f, games/s %.0f, "
                        + "turns/s %.0f, scores/s %.0f",
                    Base.name, level, ceiling.solved * 100, ceiling.reward, ceiling.moves,
                    Double(count) / (generation / .seconds(1)), Double(count) / (playing / .seconds(1)),
                    Double(replies) / (replying / .seconds(1)), Double(count) / (scored / .seconds(1))))
        }
        return ceiling
    }
}
