import WhetEnvironments

extension EnvironmentCatalog {
    /// The interactive environments of whet: games of many turns.
    static let interactive: [Entry] = [
        Entry(Blackjack.self),
        Entry(ConnectFour.self),
        Entry(FrozenLake.self),
        Entry(Minesweeper.self),
        Entry(Sokoban.self),
        Entry(TextMaze.self),
        Entry(TicTacToe.self),
        Entry(WordGuessing.self),
    ]
}
