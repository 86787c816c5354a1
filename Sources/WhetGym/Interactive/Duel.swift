import WhetCore

/// A board of two players, as whose turn it is sees it.
protocol DuelBoard: Sendable {
    var ownWins: Bool { get }
    var otherWins: Bool { get }
    var isFull: Bool { get }

    /// As the other player sees it.
    var turned: Self { get }

    /// The board after a move, as the other player sees it.
    func after(_ move: Int) -> Self

    /// The moves of the greatest value that so many moves ahead show: all of them where nothing is looked at.
    func bestMoves(depth: Int) -> [Int]
}

/// What is known of the opponent before a game against one.
protocol DuelProblem: Sendable {
    /// How many moves ahead it looks.
    var depth: Int { get }
    /// Chooses among its equal moves.
    var seed: Int { get }
}

/// A game on a board against an opponent that looks ahead.
protocol Duel: Sendable {
    associatedtype Board: DuelBoard
    associatedtype Problem: DuelProblem

    var problem: Problem { get }
    /// As the policy sees it.
    var board: Board { get set }
    /// How many moves the policy has made.
    var moves: Int { get set }
}

extension Duel {
    /// nil while it goes on.
    var outcome: DuelOutcome? {
        if board.ownWins { return .won }
        if board.otherWins { return .lost }
        return board.isFull ? .drawn : nil
    }

    /// Makes the policy's move, and the opponent's after it.
    ///
    /// - Returns: the opponent's move; nil where the policy's ended the game.
    mutating func play(_ move: Int) -> Int? {
        board = board.after(move).turned
        moves += 1
        return outcome == nil ? reply() : nil
    }

    /// Makes the opponent's move.
    @discardableResult
    mutating func reply() -> Int {
        var random = RandomStream(game: problem.seed, "opponent", move: moves)
        let best = board.turned.bestMoves(depth: problem.depth)
        let move = random.element(of: best)
        board = board.turned.after(move)
        return move
    }
}
