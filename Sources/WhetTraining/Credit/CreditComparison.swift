import WhetAlgorithms
import WhetCore
import WhetStore

/// What another algorithm would have credited on the rollouts that a run has stored, beside what the run credited.
public struct CreditComparison: Sendable {
    /// How an algorithm's credit falls on the rollouts. Shares add up to 1.
    public struct Shares: Sendable, Hashable {
        public var zero = 0.0
        public var positive = 0.0
        public var negative = 0.0
        /// Of the rollouts' mean advantages, without their signs.
        public var meanSize = 0.0

        init(_ credit: [Double]) {
            guard !credit.isEmpty else { return }
            let count = Double(credit.count)
            zero = Double(credit.count { $0 == 0 }) / count
            positive = Double(credit.count { $0 > 0 }) / count
            negative = Double(credit.count { $0 < 0 }) / count
            meanSize = credit.reduce(0) { $0 + abs($1) } / count
        }
    }

    /// A rollout and its mean advantage under either algorithm.
    public struct Difference: Sendable, Hashable {
        public var rollout: RolloutID
        public var step: Int
        public var reward: Double
        public var used: Double
        public var asked: Double
    }

    public let used: Shares
    public let asked: Shares
    /// The share of rollouts that both push the same way, or both leave alone.
    public let agreement: Double
    /// Pearson's, between the two credits of each rollout; nil where one of them never changes.
    public let correlation: Double?
    public let rollouts: Int
    public let steps: ClosedRange<Int>
    /// The rollouts that differ most, each credit measured by its own root mean square, the largest difference first.
    public let largest: [Difference]

    /// - Parameters:
    ///   - asked: the other algorithm.
    ///   - range: which steps to look at; those before still fill its memory. Nil for all.
    ///   - count: how many of `largest`.
    /// - Throws: `WhetError` when the run has no rollouts to credit, or the algorithm needs what the store does not
    ///   hold.
    public init(
        run: String, in store: RolloutStore, used: WhetAlgorithms.Algorithm, asked: WhetAlgorithms.Algorithm,
        steps range: ClosedRange<Int>? = nil, largest count: Int = 10
    ) async throws {
        var own = try await UsedCredit(used, run: run, store: store)
        var other = try CreditHistory(asked)
        var differences: [Difference] = []
        for record in try await store.steps(of: run) where record.kind == .training {
            let filter = RolloutFilter(run: run, purpose: .training, steps: record.step...record.step)
            let scored = try await store.rollouts(filter).map(\.rollout).filter { $0.score != nil }
                .sorted { $0.id < $1.id }
            let trained = scored.filter { $0.status != .filtered }
            let credited = try await own.credit(trained, step: record.step).means
            let usedByID = Dictionary(zip(trained.map(\.id), credited), uniquingKeysWith: { $1 })
            let askedMeans = try other.credit(scored).means
            guard range?.contains(record.step) ?? true else { continue }
            for (rollout, asked) in zip(scored, askedMeans) {
                differences.append(
                    Difference(
                        rollout: rollout.id, step: record.step, reward: rollout.score?.reward ?? 0,
                        // What a filter left out was credited with nothing.
                        used: usedByID[rollout.id] ?? 0, asked: asked))
            }
        }
        guard let first = differences.first?.step, let last = differences.last?.step else {
            throw WhetError(
                "the run \"\(run)\" has no scored training rollouts" + (range.map { " in steps \($0)" } ?? ""),
                remedy: "`whet runs` shows what there is")
        }
        self.init(differences, steps: first...last, largest: count)
    }

    init(_ differences: [Difference], steps: ClosedRange<Int>, largest count: Int) {
        let (mine, theirs) = (differences.map(\.used), differences.map(\.asked))
        used = Shares(mine)
        asked = Shares(theirs)
        rollouts = differences.count
        self.steps = steps
        agreement = zip(mine, theirs).map { $0.sign(of: $1) ? 1 : 0 }.mean
        correlation = Self.correlation(mine, theirs)
        let (usedScale, askedScale) = (mine.rootMeanSquare, theirs.rootMeanSquare)
        func size(_ difference: Difference) -> Double {
            abs(difference.used / usedScale - difference.asked / askedScale)
        }
        largest = Array(
            differences.sorted { (size($0), $1.rollout) > (size($1), $0.rollout) }.prefix(count))
    }

    private static func correlation(_ one: [Double], _ two: [Double]) -> Double? {
        let (a, b) = (one.mean, two.mean)
        var (both, first, second) = (0.0, 0.0, 0.0)
        for (x, y) in zip(one, two) {
            both += (x - a) * (y - b)
            first += (x - a) * (x - a)
            second += (y - b) * (y - b)
        }
        return first > 0 && second > 0 ? both / (first * second).squareRoot() : nil
    }
}

extension Double {
    fileprivate func sign(of other: Double) -> Bool {
        (self > 0) == (other > 0) && (self < 0) == (other < 0)
    }
}

extension [Double] {
    /// 1 for all zeros, so that nothing is divided by 0.
    fileprivate var rootMeanSquare: Double {
        let mean = map { $0 * $0 }.mean
        return mean > 0 ? mean.squareRoot() : 1
    }
}
