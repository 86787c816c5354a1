import Foundation
import WhetCore

/// What a simulated training plays.
///
/// Keeps: an episode follows from seed, group and member alone, so all modes of one seed play the same ones.
struct SimulatedWorkload: Sendable {
    var seed: UInt64
    /// Of the first prompt, in tokens.
    var promptTokens: Int
    /// Of a turn, in tokens.
    var turnTokens: SimulatedDistribution
    var turns: SimulatedDistribution
    /// Between two turns.
    var toolSeconds: SimulatedDistribution
    /// How much of the variance of the logarithm of lengths, turns and tool times the members of a group share: their
    /// task is the same.
    var sharedWithinGroup: Double
    /// The share of groups that dynamic sampling filters.
    var filteredShare: Double

    init(
        seed: UInt64 = 1, promptTokens: Int = 200, turnTokens: SimulatedDistribution,
        turns: SimulatedDistribution = .fixed(1), toolSeconds: SimulatedDistribution = .fixed(0),
        sharedWithinGroup: Double = 0.5, filteredShare: Double = 0
    ) {
        self.seed = seed
        self.promptTokens = promptTokens
        self.turnTokens = turnTokens
        self.turns = turns
        self.toolSeconds = toolSeconds
        self.sharedWithinGroup = sharedWithinGroup
        self.filteredShare = filteredShare
    }

    /// One turn of the policy and the tool call behind it.
    struct Turn: Hashable, Sendable {
        var tokens: Int
        var toolSeconds: Double
    }

    func episode(_ member: Scheduler.Member) -> [Turn] {
        var group = RandomStream(seed: seed, purpose: "group", member.group)
        var own = RandomStream(seed: seed, purpose: "member", member.group, member.index)
        let shared = min(1, max(0, sharedWithinGroup))
        func draw(_ distribution: SimulatedDistribution, _ common: Double) -> Double {
            let normal = shared.squareRoot() * common + (1 - shared).squareRoot() * own.normal()
            return distribution.value(normal: normal, unit: own.unit())
        }
        let (length, count, tool) = (group.normal(), group.normal(), group.normal())
        let turnCount = max(1, Int(draw(turns, count).rounded()))
        return (0..<turnCount).map { index in
            Turn(
                tokens: max(1, Int(draw(turnTokens, length).rounded())),
                toolSeconds: index + 1 < turnCount ? max(0, draw(toolSeconds, tool)) : 0)
        }
    }

    func isKept(_ group: Int) -> Bool {
        var stream = RandomStream(seed: seed, purpose: "filter", group)
        return stream.unit() >= filteredShare
    }
}

extension RandomStream {
    /// A standard normal number (Box and Muller).
    fileprivate mutating func normal() -> Double {
        (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit())
    }
}
