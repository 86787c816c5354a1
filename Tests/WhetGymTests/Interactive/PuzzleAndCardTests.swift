import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

@Suite("Interactive environments: mines, words and cards")
struct PuzzleAndCardTests {
    // MARK: - Minesweeper

    /// A mine in the lower right corner of four rows and three columns, and one above it.
    static let field = Minesweeper.Problem(rows: 4, columns: 3, mines: [5, 11], start: 0)

    @Test("zeros open their neighbors, numbers only themselves; a mine ends the game")
    func mineRules() throws {
        let game = Minesweeper()
        var state = try game.start(of: Self.field)
        #expect(game.observation(of: state) == "0 1 #\n0 1 #\n0 2 #\n0 1 #")
        #expect(game.legalMoves(in: state) == ["1 3", "2 3", "3 3", "4 3"])
        #expect(game.play("1 1", in: &state) == .illegal("that cell is open"))
        #expect(game.play("5 1", in: &state) == .illegal("there is no such cell"))
        #expect(game.play("1, 3", in: &state) == .played(""))
        #expect(game.score(of: state).reward == 0.25)
        let lost = try game.state(Self.field, after: ["1 3", "2 3"])
        #expect(game.isOver(lost) && game.score(of: lost).reward == 0.25)
        let won = try game.state(Self.field, after: ["1 3", "3 3"])
        #expect(game.isOver(won) && game.score(of: won).isSolved)
    }

    @Test("the field that the policy sees is the same wherever the closed mines stand")
    func minesAreHidden() throws {
        let environment = try interactive(Minesweeper.self)
        let one = Minesweeper.Problem(rows: 1, columns: 6, mines: [2, 4], start: 0)
        let other = Minesweeper.Problem(rows: 1, columns: 6, mines: [2, 5], start: 0)
        #expect(try environment.task(one).messages == environment.task(other).messages)
        let task = try environment.task(level: 3, seed: 7)
        let problem = try task.problem.decoded(as: Minesweeper.Problem.self)
        let board = task.messages[0].content.split(separator: "\n").suffix(problem.rows)
            .flatMap { $0.split(separator: " ") }
        #expect(board.count == problem.rows * problem.columns)
        #expect(problem.mines.allSatisfy { board[$0] == "#" })
        #expect(board.contains("#") && board.contains("0"))
        let name = { (cell: Int) in "\(cell / problem.columns + 1) \(cell % problem.columns + 1)" }
        #expect(!problem.mines.allSatisfy { task.messages[0].content.contains(name($0)) })
    }

    @Test("what is deduced is so")
    func deductionsHold() throws {
        let game = Minesweeper()
        for seed in 0..<UInt64(60) {
            var random = RandomStream(seed: seed, purpose: "test")
            let mines = random.sample(8, of: 36)
            var field = try #require(MineField(rows: 6, columns: 6, mines: mines))
            for _ in 0..<6 {
                let safe = (field.hidden & ~field.mines).cells
                guard !safe.isEmpty else { break }
                field.open(safe[random.integer(0...safe.count - 1)])
                let known = field.deduction()
                #expect(known.safe & field.mines == 0)
                #expect(known.mines & ~field.mines == 0)
            }
        }
        #expect(game.nextMove(in: try game.start(of: Self.field)) == "1 3")
    }

    @Test("what is no field is not made", arguments: [
        (0, 3, [Int]()), (3, 0, []), (12, 12, []), (2, 2, [4]), (2, 2, [1, 1]), (2, 2, [-1]), (1, 2, [0, 1]),
        (Int.max, 2, []),
    ])
    func noField(_ field: (Int, Int, [Int])) {
        #expect(MineField(rows: field.0, columns: field.1, mines: field.2) == nil)
    }

    // MARK: - Words

    @Test("marks, with letters that come twice", arguments: [
        ("crane", "crane", "+++++"), ("crane", "plumb", "-----"), ("eagle", "lemon", "?--?-"),
        ("llama", "panel", "?-?--"),
        ("llama", "small", "??+?-"), ("geese", "eagle", "??--+"), ("abc", "bca", "???"),
    ])
    func marks(_ guess: String, _ secret: String, _ marks: String) {
        #expect(WordMarks(guess, secret: secret).description == marks)
    }

    @Test("a guess is a word of the list; the secret ends the game")
    func wordRules() throws {
        let game = WordGuessing()
        let problem = WordGuessing.Problem(words: ["cat", "cow", "dog"], secret: "cow", guesses: 2)
        var state = try game.start(of: problem)
        #expect(game.play("cab", in: &state) == .illegal("that is no word of the list"))
        #expect(game.play("cat", in: &state) == .played(""))
        #expect(game.observation(of: state) == "cat +--\nGuesses left: 1.")
        #expect(abs(game.score(of: state).reward - 1.0 / 6) < 1e-12)
        #expect(game.nextMove(in: state) == "cow")
        #expect(game.score(of: try game.state(problem, after: ["cow"])).isSolved)
        let lost = try game.state(problem, after: ["cat", "dog"])
        #expect(game.isOver(lost) && !game.score(of: lost).isSolved)
    }

    @Test("the opening is the same whatever the secret")
    func secretIsHidden() throws {
        let environment = try interactive(WordGuessing.self)
        let task = try environment.task(level: 2, seed: 3)
        let problem = try task.problem.decoded(as: WordGuessing.Problem.self)
        let state = try environment.base.start(of: problem)
        for secret in problem.words {
            let other = try environment.base.start(
                of: WordGuessing.Problem(words: problem.words, secret: secret, guesses: problem.guesses))
            #expect(environment.base.rules(of: other) == environment.base.rules(of: state))
            #expect(environment.base.nextMove(in: other) == environment.base.nextMove(in: state))
        }
    }

    @Test("word lists hold each word once, in their length", arguments: WordLists.lengths)
    func wordLists(_ length: Int) {
        let words = WordLists.words(ofLength: length)
        #expect(Set(words).count == words.count && words.count > 90)
        #expect(words.allSatisfy { $0.utf8.count == length })
    }

    // MARK: - Blackjack

    /// Player's first, dealer's first, player's second, dealer's second, and what is drawn after them; tens to the end.
    static func hand(
        _ cards: [Int], double: Bool = false, hitsSoft17: Bool = false, hands: Int = 1
    ) -> Blackjack.Problem {
        Blackjack.Problem(
            shoe: cards + Array(repeating: 10, count: 6 * hands), hands: hands, double: double, hitsSoft17: hitsSoft17)
    }

    @Test("totals", arguments: [
        ([1, 13], 21, true), ([1, 1], 12, true), ([1, 1, 10], 12, false), ([10, 6, 1], 17, false), ([1, 6], 17, true),
        ([10, 10, 5], 25, false),
    ])
    func totals(_ hand: ([Int], Int, Bool)) {
        #expect(BlackjackHand(hand.0).total == hand.1)
        #expect(BlackjackHand(hand.0).isSoft == hand.2)
    }

    @Test("hands won, lost, drawn, over, doubled", arguments: [
        ([10, 10, 10, 9], ["stand"], 1.0), ([10, 10, 8, 9], ["stand"], -1), ([10, 10, 9, 9], ["stand"], 0),
        ([10, 10, 6, 9, 13], ["hit"], -1), ([10, 10, 6, 6, 2, 13], ["hit", "stand"], 1),
        ([6, 10, 5, 9, 10], ["double"], 2), ([6, 10, 5, 9, 3], ["double"], -2), ([6, 10, 5, 9, 10], ["hit"], 1),
    ] as [([Int], [String], Double)])
    func hands(_ game: ([Int], [String], Double)) throws {
        let state = try Blackjack().state(Self.hand(game.0, double: true), after: game.1)
        #expect(state.results == [game.2])
        #expect(Blackjack().isOver(state))
        #expect(Blackjack().score(of: state).reward == max(-1, min(1, game.2)))
    }

    @Test("naturals end a hand at once")
    func naturals() throws {
        let game = Blackjack()
        // The second hand is a natural of the player's, the third one of the dealer's, the fourth both'.
        let problem = Self.hand(
            [10, 10, 9, 9] + [1, 9, 13, 9] + [9, 1, 9, 12] + [1, 1, 10, 10] + [10, 9, 9, 9], hands: 5)
        var state = try game.start(of: problem)
        let step = game.play("stand", in: &state)
        #expect(state.results == [0, 1.5, -1, 0])
        #expect(!game.isOver(state))
        guard case .played(let text) = step else { return #expect(Bool(false)) }
        #expect(text.contains("you win 1.5"))
        #expect(game.observation(of: state) == "Hand 5 of 5. Your cards: 10 9 (19). The dealer shows 9.")
    }

    @Test("a dealer stands on a soft 17 or draws to it, as the rules say")
    func soft17() throws {
        let cards = [10, 1, 8, 6, 4]
        #expect(try Blackjack().state(Self.hand(cards), after: ["stand"]).results == [1])
        #expect(try Blackjack().state(Self.hand(cards, hitsSoft17: true), after: ["stand"]).results == [-1])
    }

    @Test("doubling is for the first two cards, where it is allowed")
    func doubling() throws {
        let game = Blackjack()
        var state = try game.start(of: Self.hand([5, 10, 4, 9, 2]))
        #expect(game.play("double", in: &state) == .illegal("doubling is not allowed"))
        state = try game.state(Self.hand([5, 10, 4, 9, 2], double: true), after: ["hit"])
        #expect(game.play("double", in: &state) == .illegal("you can double with your first two cards only"))
    }

    @Test("basic strategy, as every book has it", arguments: [
        ([10, 6], 10, "hit"), ([10, 6], 6, "stand"), ([10, 2], 4, "stand"), ([10, 2], 3, "hit"), ([10, 2], 2, "hit"),
        ([6, 5], 6, "double"), ([6, 5], 10, "double"), ([6, 4], 9, "double"), ([6, 4], 10, "hit"), ([5, 4], 2, "hit"),
        ([5, 4], 3, "double"), ([1, 7], 9, "hit"), ([1, 7], 2, "stand"), ([1, 7], 3, "double"), ([1, 8], 6, "stand"),
        ([10, 7], 1, "stand"), ([1, 6], 3, "double"), ([1, 6], 2, "hit"), ([5, 3], 6, "hit"), ([10, 3], 2, "stand"),
    ])
    func basicStrategy(_ hand: ([Int], Int, String)) {
        #expect(
            BlackjackStrategy.standing.decision(BlackjackHand(hand.0), against: hand.1, canDouble: true) == hand.2)
    }

    @Test("basic strategy loses about a hundredth of a bet a hand, a player who copies the dealer far more")
    func strategyPays() throws {
        let game = Blackjack()
        func mean(_ move: (Blackjack.State) -> String?) throws -> Double {
            var won = 0.0
            for seed in 0..<UInt64(3000) {
                var random = RandomStream(seed: seed, purpose: "test")
                var state = try game.start(of: game.problem(level: 9, random: &random))
                while !game.isOver(state) { _ = game.play(try #require(move(state)), in: &state) }
                won += state.results.reduce(0, +) / Double(state.results.count)
            }
            return won / 3000
        }
        // 30,000 hands: a standard error of 0.007.
        let strategy = try mean(game.nextMove)
        #expect((-0.035...0.015).contains(strategy))
        #expect(try mean { $0.player.total < 17 ? "hit" : "stand" } < strategy - 0.02)
        #expect(try mean { _ in "stand" } < strategy - 0.08)
    }

    @Test("a game that good decisions lost is solved, one that bad ones won is not")
    func luckIsNotSkill() throws {
        let game = Blackjack()
        let unlucky = game.score(of: try game.state(Self.hand([10, 10, 6, 9, 13]), after: ["hit"]))
        #expect(unlucky.reward == -1 && unlucky.isSolved)
        let lucky = game.score(of: try game.state(Self.hand([10, 10, 9, 6, 2, 10]), after: ["hit"]))
        #expect(lucky.reward == 1 && !lucky.isSolved)
        #expect(lucky.part("basic_strategy") == 0)
    }

    @Test("the opening does not tell the dealer's hidden card or what comes")
    func cardsAreHidden() throws {
        let environment = try interactive(Blackjack.self)
        #expect(
            try environment.task(Self.hand([10, 9, 6, 2, 3])).messages
                == environment.task(Self.hand([10, 9, 6, 8, 7])).messages)
    }
}
