import WhetCore

/// An environment that is played: the policy moves, sees what came of it, and moves again.
///
/// Keeps: a game's state follows from its problem and the moves alone. What chance decides (a slip, a card, a choice
/// of the opponent's) comes from the problem's own seed and the number of the move, so that a replay meets the same
/// chance. Nothing that the policy writes makes a function fail, and none of it is repeated in what the environment
/// says.
///
/// One file, these functions: `Interactive` makes it an `Environment` that recipes can name, reads moves out of
/// messages and deals with illegal ones.
public protocol InteractiveEnvironment: Sendable {
    /// A game's whole private start; its JSON is what the store holds.
    associatedtype Problem: Codable & Sendable
    /// A game under way, its problem included. A value: copies are games of their own.
    associatedtype State: Sendable

    static var name: String { get }

    /// What it practises, in one line without a full stop.
    static var summary: String { get }

    /// What a recipe may set for it; `Interactive` adds how illegal moves are dealt with.
    static var options: [EnvironmentOption] { get }

    /// What holds of it; that the policy alone decides, unless it says otherwise. Rewards lie in −1…1 in any case.
    static var claims: EnvironmentClaims { get }

    /// The hardest level that there is.
    static var maximumLevel: Int { get }

    /// The environment with every option at its default.
    init()

    /// - Throws: `WhetError` when options contradict each other.
    init(options: EnvironmentOptions) throws

    /// - Parameter level: difficulty, 0 the easiest, `maximumLevel` the hardest.
    /// - Returns: a problem whose game is not over before its first move.
    /// - Throws: `WhetError` when no such problem can be made.
    func problem(level: Int, random: inout RandomStream) throws -> Problem

    /// - Throws: `WhetError` when the problem, read from a file perhaps, is none that can be played.
    func start(of problem: Problem) throws -> State

    /// The rules, the goal and the form of a move, but not the tags round it.
    func rules(of state: State) -> String

    /// What the policy is told of the state, and nothing of what is hidden from it.
    func observation(of state: State) -> String

    /// In the form that `play` reads. Said to the policy, so only what it may know.
    func legalMoves(in state: State) -> [String]

    /// Makes a move, and the opponent's after it. Never called once the game is over.
    ///
    /// - Parameter move: lower-case ASCII, words separated by one space; untrusted all the same.
    /// - Returns: `illegal` if `state` was left as it was.
    func play(_ move: String, in state: inout State) -> GameStep

    func isOver(_ state: State) -> Bool

    /// What the game is worth as it stands, over or cut short: a reward in −1…1, illegal moves not counted.
    func score(of state: State) -> Score

    /// What a good player does next; nil if it knows nothing. It sees what the policy sees, unless its type says so.
    func nextMove(in state: State) -> String?
}

extension InteractiveEnvironment {
    public static var options: [EnvironmentOption] { [] }
    public static var claims: EnvironmentClaims { EnvironmentClaims(rewards: -1...1) }
    public init(options: EnvironmentOptions) throws { self.init() }
}

/// What came of a move.
public enum GameStep: Hashable, Sendable {
    /// What happened, for the policy, before it is told the new state; may be empty.
    case played(String)
    /// Why it cannot be made, without a full stop. The state is as it was.
    case illegal(String)
}
