import WhetCore

/// What was measured on the way.
public struct SoundnessFigures: Sendable {
    /// How often something held.
    public struct Share: Hashable, Sendable {
        var count = 0
        var total = 0

        init(count: Int = 0, total: Int = 0) {
            self.count = count
            self.total = total
        }

        /// 0 of nothing.
        public var value: Double { total == 0 ? 0 : Double(count) / Double(total) }

        mutating func add(_ holds: Bool) {
            total += 1
            if holds { count += 1 }
        }

        static func + (a: Share, b: Share) -> Share { Share(count: a.count + b.count, total: a.total + b.total) }
    }

    /// Seconds.
    public struct Timing: Hashable, Sendable {
        public var median = 0.0
        public var percentile99 = 0.0
        public var maximum = 0.0

        init() {}

        /// Percentiles by the nearest-rank method.
        init(_ seconds: [Double]) {
            guard !seconds.isEmpty else { return }
            let sorted = seconds.sorted()
            func percentile(_ share: Double) -> Double {
                sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
            }
            (median, percentile99, maximum) = (percentile(0.5), percentile(0.99), sorted[sorted.count - 1])
        }

        var json: JSONValue {
            ["p50": .number(median), "p99": .number(percentile99), "max": .number(maximum)]
        }
    }

    /// What demonstrations and a player that does not think earned on the same problems of a level, where chance
    /// decides.
    public struct Comparison: Hashable, Sendable {
        public var level: Int
        public var player: String
        public var games: Int
        /// Mean rewards.
        public var demonstration: Double
        public var other: Double
        /// Whether it is sure that the demonstrations earn more.
        public var isProved: Bool

        var json: JSONValue {
            [
                "level": .integer(level), "player": .string(player), "games": .integer(games),
                "demonstration": .number(demonstration), "other": .number(other), "proved": .bool(isProved),
            ]
        }
    }

    public var problems = 0
    public var answers = 0
    /// The smallest share of different problems that any level has.
    public var distinct = 1.0
    /// How many demonstrations were played again.
    var replayed = 0
    /// Of how many problems a right answer is known.
    var demonstrated = Share()
    /// Of altered answers, by the name of the alteration, those that still pass.
    var altered: [(alteration: AlteredAnswer.Alteration, passing: Share)] = []
    /// Whether some right answers are whole messages, of which not every word may count.
    var hasUnmarkedAnswers = false
    /// Of fixed answers those that pass.
    var trivial: [(answer: String, passing: Share)] = []
    /// The least and the greatest reward that was seen.
    var rewards: ClosedRange<Double>?
    /// In the order in which they were made; empty where the policy alone decides.
    public var comparisons: [Comparison] = []
    public var generation = Timing()
    public var scoring = Timing()
    /// In characters.
    var longestPrompt = 0

    init() {}

    /// How many of the answers that changed what was said pass all the same.
    public var alteredPassing: Share {
        altered.filter { $0.alteration.changesSubstance }.reduce(Share()) { $0 + $1.passing }
    }

    /// How many right answers of other problems pass.
    var othersPassing: Share { altered.first { $0.alteration == .otherProblem }?.passing ?? Share() }

    /// The fixed answer that passes most often.
    public var mostPassing: (answer: String, passing: Share)? { trivial.max { $0.passing.value < $1.passing.value } }

    /// The comparison that was closest; nil where there was none.
    public var closest: Comparison? {
        comparisons.min { $0.demonstration - $0.other < $1.demonstration - $1.other }
    }

    var json: JSONValue {
        [
            "problems": .integer(problems), "answers": .integer(answers), "distinct": .number(distinct),
            "demonstrated": .number(demonstrated.value), "altered_passing": .number(alteredPassing.value),
            "altered": .object(
                JSONObject(
                    altered.map { ($0.alteration.rawValue, .number($0.passing.value)) }, uniquingKeysWith: { $1 })),
            "trivial": .array(
                trivial.map { ["answer": .string($0.answer), "passing": .number($0.passing.value)] }),
            "rewards": rewards.map { [.number($0.lowerBound), .number($0.upperBound)] } ?? .null,
            "comparisons": .array(comparisons.map(\.json)),
            "generation_seconds": generation.json, "scoring_seconds": scoring.json,
            "longest_prompt": .integer(longestPrompt),
        ]
    }
}
