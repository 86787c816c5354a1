import WhetAlgorithms
import WhetCore

/// Which prompt each group of a run gets.
///
/// Keeps: the choice follows from (seed, group, values) alone, so a resumed run chooses the same.
enum PromptOrder {
    /// Every group has a prompt of its own, and its number.
    case fresh
    /// A pool of so many, gone through in a new order each time round.
    case pool(Int)

    init(_ recipe: Recipe) { self = recipe.rollout.prompts.map(Self.pool) ?? .fresh }

    /// The prompts of groups that are drawn together.
    ///
    /// - Parameter tracker: whose values decide, where an algorithm tracks them: the least certain prompts come more
    ///   often, none twice. Without it each comes in its turn.
    func prompts(for groups: Range<Int>, tracker: BetaTracker?, seed: UInt64) -> [Int] {
        guard case .pool(let size) = self else { return Array(groups) }
        guard let tracker else {
            var orders: [Int: [Int]] = [:]
            return groups.map { group in
                let round = group / size
                let order = orders[round] ?? Self.order(size, round: round, seed: seed)
                orders[round] = order
                return order[group % size]
            }
        }
        var random = RandomStream(seed: seed, purpose: "prompt choice", groups.lowerBound)
        let names = (0..<size).map(LoopState.name)
        return tracker.choose(groups.count, from: names, random: &random).compactMap { Int($0) }
    }

    private static func order(_ size: Int, round: Int, seed: UInt64) -> [Int] {
        var random = RandomStream(seed: seed, purpose: "prompt order", round)
        return (0..<size).shuffled(using: &random)
    }
}
