import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

@Suite("Interactive environments: board games")
struct BoardGameTests {
    // MARK: - Tic-tac-toe

    @Test(
        "three in a row, a column or a diagonal win",
        arguments: [0o7, 0o70, 0o700, 0o111, 0o222, 0o444, 0o421, 0o124])
    func threeInARow(_ cells: UInt32) {
        #expect(ThreeInARow(own: cells).ownWins)
        #expect(ThreeInARow(other: cells).otherWins)
        #expect(!ThreeInARow(own: cells & (cells - 1)).ownWins)
    }

    @Test("an opponent that sees one move ahead wins where it can; one that sees two stops a win")
    func opponents() throws {
        // Own 0 and 1, the other 3 and 4: whoever moves can win.
        #expect(ThreeInARow(own: 0o3, other: 0o30).bestMoves(depth: 1) == [2])
        // Own 8, the other 0 and 1.
        #expect(ThreeInARow(own: 0o400, other: 0o3).bestMoves(depth: 2) == [2])
        #expect(ThreeInARow(own: 0o400, other: 0o3).bestMoves(depth: 1).count > 1)
        #expect(ThreeInARow().bestMoves(depth: 9).count == 9)
    }

    @Test("what is looked up is what a plain search finds")
    func tableIsRight() {
        func value(_ board: ThreeInARow) -> Int {
            if board.otherWins { return -10 }
            return board.empty.map { -value(board.after($0)) }.map { $0 - $0.signum() }.max() ?? 0
        }
        for first in 0..<9 {
            for second in 0..<9 where second != first {
                let board = ThreeInARow().after(first).after(second)
                let values = board.empty.map { -value(board.after($0)) }
                #expect(board.bestMoves(depth: 9) == zip(board.empty, values).filter { $0.1 == values.max() }.map(\.0))
            }
        }
    }

    @Test("the player never loses, whoever begins and whatever the opponent does")
    func neverLoses() throws {
        let game = TicTacToe()
        /// Every game that can come up against the player.
        func explore(_ board: ThreeInARow, playerMoves: Bool) -> Bool {
            if playerMoves {
                if board.otherWins { return false }
                if board.isFull { return true }
                let problem = TicTacToe.Problem(depth: 9, opponentStarts: false, seed: 0)
                let state = TicTacToe.State(problem: problem, board: board)
                guard let move = game.nextMove(in: state).flatMap(Int.init) else { return false }
                let after = board.after(move - 1)
                return after.otherWins || explore(after, playerMoves: false)
            }
            return board.isFull || board.empty.allSatisfy { explore(board.after($0), playerMoves: true) }
        }
        #expect(explore(ThreeInARow(), playerMoves: true))
        #expect(explore(ThreeInARow(), playerMoves: false))
    }

    @Test("a taken cell and what is no cell are illegal")
    func illegalCells() throws {
        let game = TicTacToe()
        var state = try game.start(of: TicTacToe.Problem(depth: 0, opponentStarts: false, seed: 4))
        guard case .played = game.play("5", in: &state) else { return #expect(Bool(false)) }
        #expect(game.play("5", in: &state) == .illegal("cell 5 is taken"))
        #expect(game.play("10", in: &state) == .illegal("a move is a number from 1 to 9"))
        #expect(game.observation(of: state).contains("X"))
        #expect(game.legalMoves(in: state).count == 7)
    }

    // MARK: - Connect Four

    /// Discs dropped by turns into columns from 1.
    static func board(_ columns: [Int]) -> FourInARow {
        columns.reduce(FourInARow()) { $0.after($1 - 1) }
    }

    @Test("four in a column, a row and either diagonal win; nothing runs over an edge", arguments: [
        ([1, 2, 1, 2, 1, 2, 1], true), ([1, 1, 2, 2, 3, 3, 4], true), ([1, 2, 2, 3, 3, 4, 3, 4, 4, 6, 4], true),
        ([7, 6, 6, 5, 5, 4, 5, 4, 4, 2, 4], true), ([1, 2, 1, 2, 1, 2], false),
    ])
    func fourInARow(_ game: ([Int], Bool)) {
        #expect(Self.board(game.0).otherWins == game.1)
    }

    @Test("the top of a column and the foot of the next are no line")
    func noWrapping() {
        var board = FourInARow()
        // Column 1 rows 5 and 6, column 2 rows 1 and 2, all of one color.
        board.own = 0b11 << 4 | 0b11 << 7
        #expect(!board.ownWins)
        // A row's end and the next row's start.
        board.own = 1 << 35 | 1 << 42 | 1 << 1 | 1 << 8
        #expect(!board.ownWins)
    }

    @Test("a column takes six discs")
    func fullColumn() throws {
        let board = Self.board([1, 1, 1, 1, 1, 1])
        #expect(!board.isOpen(0))
        #expect(board.open == [1, 2, 3, 4, 5, 6])
        #expect(board.count == 6)
    }

    @Test("a search sees a win in one and stops one")
    func tactics() {
        let threat = Self.board([1, 7, 2, 7, 3, 6])
        #expect(threat.bestMoves(depth: 1) == [3])
        #expect(Self.board([1, 7, 2, 7, 3]).bestMoves(depth: 2) == [3])
        // Two open ends in the lowest row: with two turns there is a win.
        #expect(Self.board([3, 3, 4, 4]).bestMoves(depth: 3).allSatisfy { [1, 4].contains($0) })
    }

    @Test("alpha-beta and its short cuts find what a plain search finds", arguments: 1...5)
    func cutsAreSound(_ depth: Int) {
        func value(_ board: FourInARow, _ depth: Int) -> Int {
            if board.otherWins { return -10_000 + board.count }
            if board.isFull { return 0 }
            if depth == 0 { return board.promise }
            return board.open.map { -value(board.after($0), depth - 1) }.max() ?? 0
        }
        var random = RandomStream(seed: 3, purpose: "test", depth)
        for _ in 0..<20 {
            var board = FourInARow()
            for _ in 0..<random.integer(4...30) where !board.otherWins && !board.isFull {
                board = board.after(board.open[random.integer(0...board.open.count - 1)])
            }
            guard !board.otherWins, !board.isFull else { continue }
            let values = board.open.map { -value(board.after($0), depth - 1) }
            let expected = zip(board.open, values).filter { $0.1 == values.max() }.map(\.0)
            #expect(board.bestMoves(depth: depth).sorted() == expected)
        }
    }

    @Test("the opening is played by turns, favors nobody in sight, and must be possible")
    func connectFourOpening() throws {
        let game = ConnectFour()
        let problem = ConnectFour.Problem(depth: 1, opening: [3, 3, 2, 2], opponentStarts: false, seed: 1)
        let board = try game.start(of: problem).board
        #expect(board == Self.board([4, 4, 3, 3]))
        // Three of four in the lowest row with both ends open: whoever moves next has as good as won.
        #expect(Self.board([3, 3, 4, 4]).isDecided(within: 3))
        #expect(!Self.board([3, 3, 4, 4]).isDecided(within: 2))
        for opening in [[7, 0], [-1, 0], [0], [0, 0, 0, 0, 0, 0, 0, 1], [0, 1, 0, 1, 0, 1, 0, 1]] {
            let broken = ConnectFour.Problem(depth: 1, opening: opening, opponentStarts: false, seed: 1)
            #expect(throws: WhetError.self) { try game.start(of: broken) }
        }
    }

    @Test("a game won, seen by the policy", arguments: [false, true])
    func connectFourGame(_ opponentStarts: Bool) async throws {
        let environment = try interactive(ConnectFour.self)
        let task = try environment.task(
            ConnectFour.Problem(depth: 0, opening: [], opponentStarts: opponentStarts, seed: 8))
        let demonstration = try #require(try environment.demonstration(of: task))
        let score = try await environment.score(task.messages + demonstration, of: task)
        #expect(score.reward == 1 && score.isSolved && score.reason == "won")
        #expect(task.messages[0].content.contains("O") == opponentStarts)
    }
}
