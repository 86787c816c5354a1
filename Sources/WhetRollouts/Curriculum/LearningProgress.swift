import WhetCore

/// Practises the levels at which accuracy changes: upwards because there is something to learn, downwards because
/// something is being lost.
///
///     recent ← recent + fast · (accuracy − recent),  past ← past + slow · (accuracy − past)
///     weight of a level = |recent − past| + floor
///
/// Keeps: every level keeps a weight above 0, so none is given up for good.
///
/// Source: absolute learning progress, Portelas et al., arXiv 1910.07224, with two running means as in Kanitscheider et
/// al., arXiv 2106.14876.
public struct LearningProgress: Hashable, Sendable, Codable {
    /// Share of a new observation in the recent mean. 0…1
    public var fast: Double
    /// In the past mean; below `fast`.
    public var slow: Double
    /// What every level weighs at least, relative to a change of accuracy by 1.
    public var floor: Double

    public init(fast: Double = 0.3, slow: Double = 0.1, floor: Double = 0.05) {
        self.fast = fast
        self.slow = slow
        self.floor = floor
    }

    /// What is known of one level.
    public struct Level: Hashable, Sendable, Codable {
        public internal(set) var recent: Double
        public internal(set) var past: Double
    }

    /// By level; levels never played have none.
    public typealias State = [Int: Level]

    func level(_ state: State, within levels: ClosedRange<Int>, random: inout RandomStream) -> Int {
        let weights = levels.map { weight(of: $0, state) }
        var point = random.unit() * weights.reduce(0, +)
        for (level, weight) in zip(levels, weights) {
            point -= weight
            if point < 0 { return level }
        }
        return levels.upperBound
    }

    /// A level nobody has seen may hold the most.
    func weight(of level: Int, _ state: State) -> Double {
        guard let known = state[level] else { return 1 }
        return abs(known.recent - known.past) + floor
    }

    func observe(_ outcome: Curriculum.Outcome, _ state: inout State) {
        guard !outcome.solved.isEmpty else { return }
        let accuracy = Double(outcome.solved.count { $0 }) / Double(outcome.solved.count)
        var level = state[outcome.level] ?? Level(recent: 0, past: 0)
        level.recent += fast * (accuracy - level.recent)
        level.past += slow * (accuracy - level.past)
        state[outcome.level] = level
    }
}
