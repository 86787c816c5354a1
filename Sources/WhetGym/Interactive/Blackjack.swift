import WhetCore
import WhetEnvironments

/// Some hands of Blackjack out of one shuffled shoe of six decks.
///
/// A natural pays 3 to 2, there is no splitting, no insurance; a dealer with a natural shows it at once. From level 2
/// on one may double, from level 5 on the dealer hits a soft 17. The first hand is dealt again until nobody has a
/// natural, so that there is always something to decide. The player plays basic strategy: the best decision by cards
/// alone, for a shoe without end.
struct Blackjack: InteractiveEnvironment {
    static let name = "Blackjack"
    static let summary = "Hit or stand against a dealer, from a shuffled deck"
    static let maximumLevel = 9
    /// Basic strategy loses a little: some hundredths of a bet a hand.
    static let claims = EnvironmentClaims(.chance(mean: -0.15), rewards: -1...1, secrets: ["shoe"])
    /// The cards of one hand never count more, an ace 1: the player's at most 20 and a last 10, the dealer's 16 and 10.
    private static let mostAHand = 56

    struct Problem: Codable, Hashable, Sendable {
        /// Ranks 1 (ace) to 13 (king), in the order in which they are drawn: as many as can come up at most.
        let shoe: [Int]
        let hands: Int
        let double: Bool
        /// Whether the dealer draws to a 17 that counts an ace as 11.
        let hitsSoft17: Bool

        enum CodingKeys: String, CodingKey {
            case shoe, hands, double
            case hitsSoft17 = "hits_soft_17"
        }
    }

    struct State: Sendable {
        let problem: Problem
        var drawn = 0
        var player = BlackjackHand()
        var dealer = BlackjackHand()
        /// What each finished hand won, in bets.
        var results: [Double] = []
        var decisions = 0
        /// How many of them were basic strategy's.
        var right = 0

        mutating func draw() -> Int {
            drawn += 1
            return problem.shoe[drawn - 1]
        }
    }

    init() {}

    /// One hand at level 0, one more a level.
    func problem(level: Int, random: inout RandomStream) -> Problem {
        let hands = 1 + level
        let cards = (0..<312).map { $0 % 13 + 1 }
        while true {
            var count = 0
            let shoe = Array(
                cards.shuffled(using: &random).prefix { card in
                    defer { count += min(card, 10) }
                    return count < hands * Self.mostAHand
                })
            let dealt = (BlackjackHand([shoe[0], shoe[2]]), BlackjackHand([shoe[1], shoe[3]]))
            guard !dealt.0.isNatural, !dealt.1.isNatural else { continue }
            return Problem(shoe: shoe, hands: hands, double: level >= 2, hitsSoft17: level >= 5)
        }
    }

    func start(of problem: Problem) throws -> State {
        guard 1...100 ~= problem.hands, problem.shoe.allSatisfy({ 1...13 ~= $0 }),
            problem.shoe.reduce(0, { $0 + min($1, 10) }) >= problem.hands * Self.mostAHand
        else {
            throw WhetError.unplayable("the shoe does not last for \(problem.hands) hands", in: Self.name)
        }
        var state = State(problem: problem)
        _ = deal(&state)
        return state
    }

    func rules(of state: State) -> String {
        let problem = state.problem
        return """
            Play Blackjack: \(problem.hands == 1 ? "one hand" : "\(problem.hands) hands") with a bet of 1 each, out \
            of a shoe of six decks. Bring your cards nearer to 21 than the dealer's, but not over it. Face cards \
            count 10, an ace (A) 1 or 11. The dealer draws up to \
            17\(problem.hitsSoft17 ? " and also to a 17 with an ace as 11" : ""). An ace and a 10 at once pay 1.5; \
            a dealer dealt them wins at once. Moves: hit to take a card, stand to take no \
            more\(problem.double ? ", double to double the bet for one last card, with your first two cards only" : "").
            """
    }

    func observation(of state: State) -> String {
        let hand = state.problem.hands == 1 ? "" : "Hand \(state.results.count + 1) of \(state.problem.hands). "
        return "\(hand)Your cards: \(state.player). The dealer shows \(BlackjackHand.name(of: state.dealer.cards[0]))."
    }

    func legalMoves(in state: State) -> [String] {
        let canDouble = state.problem.double && state.player.cards.count == 2
        return ["hit", "stand"] + (canDouble ? ["double"] : [])
    }

    func play(_ move: String, in state: inout State) -> GameStep {
        guard legalMoves(in: state).contains(move) else {
            guard move == "double" else { return .illegal("there is no such move") }
            return .illegal(
                state.problem.double ? "you can double with your first two cards only" : "doubling is not allowed")
        }
        state.decisions += 1
        if move == nextMove(in: state) { state.right += 1 }
        if move == "stand" { return .played(settle(&state, bet: 1)) }
        state.player.cards.append(state.draw())
        if move == "hit", state.player.total < 21 { return .played("") }
        // With 21 there is nothing left to decide.
        return .played(settle(&state, bet: move == "double" ? 2 : 1))
    }

    /// Ends a hand and deals on.
    private func settle(_ state: inout State, bet: Double) -> String {
        let won: Double
        var text = "You have \(state.player)"
        if state.player.total > 21 {
            won = -bet
            text += " and are over 21"
        } else {
            while state.dealer.draws(toSoft17: state.problem.hitsSoft17) { state.dealer.cards.append(state.draw()) }
            let (mine, theirs) = (state.player.total, state.dealer.total)
            won = theirs > 21 || mine > theirs ? bet : mine == theirs ? 0 : -bet
            text += "; the dealer has \(state.dealer)"
        }
        state.results.append(won)
        return "\(text): \(Self.words(for: won)).\(deal(&state))"
    }

    private static func words(for won: Double) -> String {
        let bets = won.magnitude == 1.5 ? "1.5" : "\(Int(won.magnitude))"
        return won == 0 ? "nobody wins" : "you \(won > 0 ? "win" : "lose") \(bets)"
    }

    /// Deals the next hand; those with a natural are over at once.
    private func deal(_ state: inout State) -> String {
        var text = ""
        while state.results.count < state.problem.hands {
            let cards = (0..<4).map { _ in state.draw() }
            state.player = BlackjackHand([cards[0], cards[2]])
            state.dealer = BlackjackHand([cards[1], cards[3]])
            guard state.player.isNatural || state.dealer.isNatural else { return text }
            let won = state.player.isNatural ? state.dealer.isNatural ? 0 : 1.5 : -1
            state.results.append(won)
            text += "\nYou are dealt \(state.player), the dealer \(state.dealer): \(Self.words(for: won))."
        }
        return text
    }

    func isOver(_ state: State) -> Bool { state.results.count >= state.problem.hands }

    /// What was won a hand, in −1…1; hands that were not finished count as lost. Solved if all decisions were basic
    /// strategy's: whether those win is luck, which should not pass for skill.
    func score(of state: State) -> Score {
        let missing = max(0, state.problem.hands - state.results.count)
        let won = state.results.reduce(0, +) - Double(missing)
        let right = state.decisions == 0 ? 0 : Double(state.right) / Double(state.decisions)
        let cut = missing == 0 ? "" : "; cut short, \(missing) hands not finished count as lost"
        return Score(
            reward: max(-1, min(1, won / Double(state.problem.hands))),
            isSolved: missing == 0 && state.right == state.decisions,
            parts: [Score.Part("won", value: won, weight: 0), Score.Part("basic_strategy", value: right, weight: 0)],
            reason: "won \(won) bets in \(state.problem.hands) hands, \(state.right) of \(state.decisions) decisions "
                + "were basic strategy's\(cut)")
    }

    func nextMove(in state: State) -> String? {
        let strategy = state.problem.hitsSoft17 ? BlackjackStrategy.hittingSoft17 : .standing
        return strategy.decision(
            state.player, against: state.dealer.cards[0], canDouble: legalMoves(in: state).count == 3)
    }
}
