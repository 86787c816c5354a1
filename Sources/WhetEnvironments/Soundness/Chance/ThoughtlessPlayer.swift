import WhetCore

/// Plays without thought: what a good player has to be better than.
enum ThoughtlessPlayer: Hashable, Sendable {
    /// Says the same, whatever happens.
    case constant(String)
    /// One of the legal moves, each as likely; where the environment does not say what they are, one of those that
    /// demonstrations of the level are made of.
    case random
    /// The moves of another problem's demonstration, in their order.
    case otherProblem

    var name: String {
        switch self {
        case .constant(let text): text.isEmpty ? "saying nothing" : "always \"\(text)\""
        case .random: "random play"
        case .otherProblem: "the moves of another game"
        }
    }
}

/// What a game's demonstrations are made of.
struct MoveRepertoire: Sendable {
    /// The different answers, the most frequent first; of equally frequent ones in the order of their letters.
    let answers: [String]
    let form: ReferencePolicy.Form
    /// How long a thoughtless player may go on.
    let turns: Int

    /// Rare moves, such as words that were guessed once, add nothing to random play.
    private static let mostAnswers = 500
    private static let constants = 3

    init(_ policies: [ReferencePolicy], turns: Int) {
        var counts: [String: Int] = [:]
        for policy in policies {
            for message in policy.messages { counts[policy.answer(in: message), default: 0] += 1 }
        }
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        answers = sorted.prefix(Self.mostAnswers).map(\.key)
        form = policies.first?.form ?? .tag
        self.turns = max(turns, 2 * (policies.map(\.messages.count).max() ?? 0))
    }

    /// Everybody whom demonstrations are compared with.
    var players: [ThoughtlessPlayer] {
        [.random, .otherProblem] + (answers.prefix(Self.constants) + [""]).map(ThoughtlessPlayer.constant)
    }
}

/// An environment that knows what may be said next.
///
/// Only for checks: a policy is told what its prompt tells it.
protocol OffersMoves: Environment {
    /// The legal moves, bare; nil once the episode is over.
    func legalMoves(after messages: [Message], of task: PracticeTask) throws -> [String]?
}

/// Plays thoughtlessly in an environment.
struct ThoughtlessPlay: Sendable {
    let environment: any Environment
    let repertoire: MoveRepertoire

    /// - Parameter other: another problem's demonstration.
    /// - Returns: what the episode earns.
    /// - Throws: what the environment throws.
    func reward(_ player: ThoughtlessPlayer, of task: PracticeTask, other: ReferencePolicy) async throws -> Double {
        let messages: [Message]
        switch player {
        case .constant(let text):
            let message = repertoire.form.message(text)
            messages = try await conversation(of: task) { _, _ in message }
        case .random:
            var random = RandomStream(seed: task.seed, purpose: "random play", task.level)
            let offering = environment as? any OffersMoves
            messages = try await conversation(of: task) { messages, _ in
                let moves = try offering?.legalMoves(after: messages, of: task) ?? repertoire.answers
                return moves.randomElement(using: &random).map(repertoire.form.message)
            }
        case .otherProblem:
            messages = try await conversation(of: task) { _, turn in
                turn < other.messages.count ? other.messages[turn] : nil
            }
        }
        return try await environment.score(messages, of: task).reward
    }

    /// - Parameter move: what is said in a turn; where it is nil, a policy says something at least.
    private func conversation(
        of task: PracticeTask, _ move: ([Message], _ turn: Int) throws -> Message?
    ) async throws -> [Message] {
        try await EpisodePlay(in: environment).conversation(of: task, turns: repertoire.turns) { messages, turn in
            try move(messages, turn) ?? repertoire.form.message("")
        }
    }
}
