import WhetEnvironments

/// The players of RLVE-Gym's games: Stan, who moves first, and Ollie.
enum GamePlayers {
    static func winner(firstWins: Bool) -> String { firstWins ? "Stan" : "Ollie" }

    /// −0.5 neither name, 0 the wrong one, 1 the right one.
    static func score(_ answer: Answer, winner: String) -> Double {
        guard answer.equals("Stan" as StaticString) || answer.equals("Ollie" as StaticString) else { return -0.5 }
        return answer.equals(winner) ? 1 : 0
    }
}
