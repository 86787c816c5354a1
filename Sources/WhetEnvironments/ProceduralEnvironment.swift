import WhetCore

/// An environment that makes its own problems, as many and as hard as wanted, and can tell how good an answer is.
///
/// Keeps: the same level and random stream give the same problem; `score` never throws, whatever the answer; a
/// demonstration scores `passingReward`.
///
/// It is the ten-minute way to define an environment in Swift: one file, these functions. `Procedural` makes it an
/// `Environment` that recipes can name.
public protocol ProceduralEnvironment: Sendable {
    /// The whole state of a problem, private data included; its JSON is what the store holds.
    associatedtype Problem: Codable & Sendable

    static var name: String { get }

    /// What it practises, in one line without a full stop.
    static var summary: String { get }

    /// What a recipe may set for it; none unless it says so.
    static var options: [EnvironmentOption] { get }

    /// The environment with every option at its default.
    init()

    /// - Parameter options: checked against `options`, defaults filled in.
    /// - Throws: `WhetError` when options contradict each other.
    init(options: EnvironmentOptions) throws

    /// The hardest level that problems are made for: beyond it they would not fit a prompt or a number.
    static var maximumLevel: Int { get }

    /// - Parameter level: difficulty, 0 the easiest, `maximumLevel` the hardest.
    /// - Throws: `WhetError` when no such problem can be made.
    func problem(level: Int, random: inout RandomStream) throws -> Problem

    /// What the policy is told: the problem and the form of an answer, but not the tags round it, which `Procedural`
    /// explains. Must not give the answer away.
    func prompt(for problem: Problem) -> String

    /// An answer that passes, for a warm start and for checks; nil where none is known or can be found.
    func demonstration(for problem: Problem) -> String?

    /// - Parameter answer: what stood in the last `<answer>…</answer>`, untrusted.
    /// - Returns: a reward in −1…1; 1 is solved, −1 unreadable.
    func score(_ answer: Answer, for problem: Problem) -> Double

    /// The reward from which on a problem counts as solved: 1, except where no perfect answer may exist.
    func passingReward(for problem: Problem) -> Double

    /// Whether the prompt says how to mark the answer. False only for wordings so short that a warm start teaches it.
    var explainsAnswerTags: Bool { get }
}

extension ProceduralEnvironment {
    public static var options: [EnvironmentOption] { [] }
    public static var maximumLevel: Int { 40 }
    public init(options: EnvironmentOptions) throws { self.init() }
    public func passingReward(for problem: Problem) -> Double { 1 }
    public var explainsAnswerTags: Bool { true }
}

extension ProceduralEnvironment {
    /// How far below `passingReward` still passes, as in RLVE-Gym: rewards are floating-point.
    public static var tolerance: Double { 1e-6 }

    /// What a policy's whole output is worth: −1 where it holds no answer.
    public func reward(forOutput output: String, problem: Problem) -> Double {
        guard let answer = Answer(lastIn: output) else { return -1 }
        return score(answer, for: problem)
    }

    public func isSolved(_ reward: Double, problem: Problem) -> Bool {
        reward >= passingReward(for: problem) - Self.tolerance
    }
}
