import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

@Suite("Interactive environments: illegal moves")
struct IllegalMoveTests {
    /// A floor of three cells: the box goes onto the goal with one push to the right.
    static let corridor = Sokoban.Problem(map: ["######", "#@-$.#", "######"], solution: "rr", limit: 20)

    @Test("masked: the game stands still, the reply says why and what is legal, the reward is unharmed")
    func masked() async throws {
        let environment = try interactive(Sokoban.self)
        let task = try environment.task(Self.corridor)
        let outputs = ["<answer>up</answer>", "no tags", "<answer>fly</answer>"]
        let messages = try await environment.conversation(outputs, of: task)
        let replies = messages.filter { $0.role == .user }.dropFirst().map(\.content)
        #expect(replies == [
            "Illegal move: there is a wall up. Nothing has changed. Legal moves: right.",
            "Illegal move: the message has no <answer>…</answer>. Nothing has changed. Legal moves: right.",
            "Illegal move: a move is up, down, left or right. Nothing has changed. Legal moves: right.",
        ])
        let score = try await environment.score(moves: ["up", "right", "down", "right"], of: task)
        #expect(score.reward == 1 && score.isSolved)
        #expect(score.part("illegal_moves") == 2)
    }

    @Test("penalized: each costs reward, and no legal moves are named")
    func penalized() async throws {
        let environment = try interactive(Sokoban.self, ["illegal_moves": "penalize", "illegal_cost": 25])
        let task = try environment.task(Self.corridor)
        let messages = try await environment.conversation(["<answer>up</answer>"], of: task)
        #expect(
            messages.last?.content
                == "Illegal move: there is a wall up. Nothing has changed. It costs 0.25 of your reward.")
        let score = try await environment.score(moves: ["up", "right", "down", "right"], of: task)
        #expect(score.reward == 0.5 && score.isSolved)
        let poor = try await environment.score(moves: ["right"] + Array(repeating: "up", count: 4), of: task)
        #expect(poor.reward == -1 && !poor.isSolved)
    }

    @Test("too many in a row lose the game; legal moves between them start the count anew")
    func limit() async throws {
        let environment = try interactive(Sokoban.self, ["illegal_limit": 2])
        let task = try environment.task(Self.corridor)
        let lost = try await environment.conversation(["", "", "<answer>right</answer>"], of: task)
        #expect(lost.count == 4)
        let score = try await environment.score(lost, of: task)
        #expect(score.reward == -1 && !score.isSolved)
        #expect(score.reason == "lost by 2 illegal moves in a row")
        let won = try await environment.score(moves: ["up", "right", "up", "right"], of: task)
        #expect(won.isSolved)
    }

    @Test("a game without one legal move is worth −1 even if it was cut short")
    func noLegalMove() async throws {
        let environment = try interactive(Sokoban.self)
        let task = try environment.task(Self.corridor)
        let score = try await environment.score(moves: ["up"], of: task)
        #expect(score.reward == -1)
        #expect(score.reason == "no message held a legal move")
    }

    @Test("the opening says what illegal moves do, and how to mark a move")
    func opening() throws {
        let masked = try interactive(TicTacToe.self).task(level: 0, seed: 1).messages[0].content
        #expect(masked.contains("<answer>…</answer>"))
        #expect(masked.contains("5 illegal moves in a row lose the game."))
        let penalized = try interactive(TicTacToe.self, ["illegal_moves": "penalize"]).task(level: 0, seed: 1)
        #expect(penalized.messages[0].content.contains("Each illegal move takes 0.1 off your reward."))
    }

    @Test("moves are read in any case, width and spacing")
    func reading() async throws {
        let environment = try interactive(Sokoban.self)
        let task = try environment.task(Self.corridor)
        #expect(try await environment.score(moves: ["  RIGHT\n", "R"], of: task).isSolved)
    }
}
