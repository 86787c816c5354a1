import WhetCore
import WhetEnvironments

/// Draws tasks: the how-manieth of a purpose is always the same task.
///
/// Keeps: a draw follows from (run seed, purpose, index) and, where difficulty adapts, from the state that is stored
/// with each step, so a resumed run draws on where it stopped; no training task opens like a held-out one.
public struct Curriculum: Sendable {
    /// One environment's share of the draws, and the levels drawn from it.
    public struct Entry: Sendable {
        public let environment: any Environment
        public let weight: Double
        public let levels: ClosedRange<Int>
        public let difficulty: Difficulty

        public init(
            environment: any Environment, weight: Double = 1, levels: ClosedRange<Int> = 0...0,
            difficulty: Difficulty = .uniform
        ) {
            self.environment = environment
            self.weight = weight
            self.levels = levels
            self.difficulty = difficulty
        }
    }

    /// What evaluation plays.
    public struct HeldOut: Sendable {
        public let count: Int
        public let seed: UInt64
        /// nil: each environment's own.
        public let levels: ClosedRange<Int>?

        public init(count: Int, seed: UInt64, levels: ClosedRange<Int>? = nil) {
            self.count = count
            self.seed = seed
            self.levels = levels
        }
    }

    let entries: [Entry]
    private let seed: UInt64
    /// How the held-out tasks open.
    private let openings: Set<[Message]>
    /// The first environment that judges rollouts as wholes and not their steps; nil where all judge steps.
    public var environmentJudgingWholes: String? { entries.first { !$0.environment.judgesSteps }?.environment.name }
    /// The tasks that evaluation plays, drawn once, all different.
    public let evaluationTasks: [PracticeTask]

    /// - Throws: `WhetError` when there are no entries, a task cannot be made, or there are not enough different ones.
    public init(entries: [Entry], seed: UInt64, heldOut: HeldOut) async throws {
        guard entries.contains(where: { $0.weight > 0 }) else {
            throw WhetError("no environment has a weight above 0", expected: "at least one to draw tasks from")
        }
        self.entries = entries
        self.seed = seed
        let harder = entries.map {
            Entry(environment: $0.environment, weight: $0.weight, levels: heldOut.levels ?? $0.levels)
        }
        var openings: Set<[Message]> = []
        var tasks: [PracticeTask] = []
        for index in 0..<heldOut.count {
            let task = try await Self.draw(harder, seed: heldOut.seed, purpose: "evaluation task", index: index) {
                !openings.contains($0.messages)
            }
            openings.insert(task.messages)
            tasks.append(task)
        }
        evaluationTasks = tasks
        self.openings = openings
    }

    /// The `index`th task of training (or of another purpose, such as the warm start's demonstrations).
    ///
    /// - Parameter state: where difficulty stands; that of the beginning by default.
    public func task(
        _ index: Int, purpose: String = "training task", state: State = State()
    ) async throws -> PracticeTask {
        try await Self.draw(entries, seed: seed, purpose: purpose, index: index, state: state) {
            !openings.contains($0.messages)
        }
    }

    /// How a perfect policy's conversation would have gone on; nil if the task's environment cannot tell.
    public func demonstration(of task: PracticeTask) async throws -> [Message]? {
        try await entries.first { $0.environment.name == task.environment }?.environment.demonstration(of: task)
    }

    /// Draws until a task `fits`; each try has a stream of its own.
    private static func draw(
        _ entries: [Entry], seed: UInt64, purpose: String, index: Int, state: State = State(),
        fits: (PracticeTask) -> Bool
    ) async throws -> PracticeTask {
        let tries = 1_000
        for attempt in 0..<tries {
            var random = RandomStream(seed: seed, purpose: purpose, index, attempt)
            let entry = choose(among: entries, random: &random)
            let level = entry.level(state, random: &random)
            let task = try await entry.environment.task(level: level, seed: random.next())
            if fits(task) { return task }
        }
        throw WhetError(
            "\(tries) draws gave no fresh \(purpose)",
            expected: "environments with more different tasks than evaluation holds out",
            remedy: "fewer evaluation.problems, higher levels, or more environments")
    }

    private static func choose(among entries: [Entry], random: inout RandomStream) -> Entry {
        let total = entries.reduce(0) { $0 + $1.weight }
        var point = random.unit() * total
        for entry in entries where entry.weight > 0 {
            point -= entry.weight
            if point < 0 { return entry }
        }
        return entries.last { $0.weight > 0 } ?? entries[0]
    }
}
