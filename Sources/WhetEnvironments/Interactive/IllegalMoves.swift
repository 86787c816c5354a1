import WhetCore

/// What happens when the policy makes a move that the rules forbid, or writes none that can be read.
///
/// Keeps: an illegal move never changes the game. So many in a row lose it, so that no episode goes on for ever.
struct IllegalMoves: Hashable, Sendable {
    enum Handling: String, Hashable, Sendable, CaseIterable {
        /// The reply says why and names the legal moves.
        case mask
        /// The reply says why; the reward is less by `cost`.
        case penalize
    }

    var handling: Handling
    /// How many in a row lose the game.
    var limit: Int
    /// What each takes off the final reward under `penalize`.
    var cost: Double

    init(_ handling: Handling = .mask, limit: Int = 5, cost: Double = 0.1) {
        self.handling = handling
        self.limit = max(1, limit)
        self.cost = cost
    }

    /// - Parameter options: checked against `options`.
    init(options: EnvironmentOptions) {
        let standard = IllegalMoves()
        self.init(
            options.choice("illegal_moves").flatMap(Handling.init) ?? standard.handling,
            limit: options.integer("illegal_limit") ?? standard.limit,
            cost: options.integer("illegal_cost").map { Double($0) / 100 } ?? standard.cost)
    }

    static let options = [
        EnvironmentOption(
            "illegal_moves", .choice(Handling.allCases.map(\.rawValue)), default: "mask",
            summary: "mask: an illegal move is answered with the legal ones; penalize: it costs reward"),
        EnvironmentOption(
            "illegal_limit", .integer(1...1000), default: 5, summary: "how many illegal moves in a row lose the game"),
        EnvironmentOption(
            "illegal_cost", .integer(0...100), default: 10,
            summary: "penalize: what an illegal move takes off the reward, in hundredths"),
    ]

    /// What the opening says of them.
    var rule: String {
        let rest = limit == 1 ? "One illegal move loses the game." : "\(limit) illegal moves in a row lose the game."
        switch handling {
        case .mask: return rest
        case .penalize: return "Each illegal move takes \(cost) off your reward. \(rest)"
        }
    }

    /// How many legal moves a reply names at most.
    private static let listed = 100

    /// The answer to one that did not lose the game.
    ///
    /// - Parameter reason: why, without a full stop.
    func reply(_ reason: String, legal moves: @autoclosure () -> [String]) -> String {
        let text = "Illegal move: \(reason). Nothing has changed."
        switch handling {
        case .penalize: return text + " It costs \(cost) of your reward."
        case .mask:
            let moves = moves()
            let rest = moves.count > Self.listed ? ", … (\(moves.count) in all)" : ""
            return "\(text) Legal moves: \(moves.prefix(Self.listed).joined(separator: ", "))\(rest)."
        }
    }
}
