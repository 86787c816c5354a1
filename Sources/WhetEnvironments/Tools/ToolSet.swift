import WhetCore

/// Tools that belong together: those of a server, of an interpreter, of some Swift code.
///
/// Keeps: what a policy did wrong comes back as a result that says so; what a tool could not do throws.
public protocol ToolSet: Sendable {
    /// What the tools leave behind from one call to the next.
    var memory: ToolMemory { get }

    /// What there is to be called. A server may have to be started for it.
    func definitions() async throws -> [ToolDefinition]

    /// Begins the use of the tools in one rollout or, where they remember nothing, in all.
    func session(for task: PracticeTask) async throws -> any ToolSession

    /// Ends everything that was started for the tools, and returns when it has ended.
    func close() async
}

extension ToolSet {
    public func close() async {}
}

/// What a tool set's calls leave behind for later ones.
public enum ToolMemory: String, Hashable, Sendable, CaseIterable {
    /// Nothing that matters between the calls of a rollout: calls may be made at the same time, and by any session.
    case none
    /// A state inside the session alone, which the same calls make again: where a session is gone, it is made again
    /// from the calls that it had. Nothing outside sees them twice.
    case repeatable
    /// A state that nobody makes again: where a session is gone, its rollout fails.
    case unique
}

/// One rollout's use of a tool set.
public protocol ToolSession: Sendable {
    /// Whether it can still be called; false for one whose server is gone.
    var isOpen: Bool { get }

    /// - Parameters:
    ///   - arguments: checked against the tool's schema.
    ///   - limit: how long it may take.
    /// - Throws: `ToolFailure` where the tool did not do its work; `CancellationError`. Neither says anything about the
    ///   policy.
    func call(_ name: String, _ arguments: JSONObject, limit: Duration) async throws -> ToolResult

    func close() async
}

extension ToolSession {
    public var isOpen: Bool { true }
    public func close() async {}
}

/// What a tool says to a call.
public struct ToolResult: Hashable, Sendable {
    public var text: String
    /// Whether the call was wrong or came to nothing, by what was asked for.
    public var isError: Bool

    public init(_ text: String, isError: Bool = false) {
        self.text = text
        self.isError = isError
    }
}

/// A tool did not do its work. It is never the policy's fault: its rollout fails and gets no score.
public struct ToolFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// It cannot be started or reached.
        case unavailable
        /// It ended, or broke off, while it was asked.
        case died
        case timedOut = "timed_out"
        /// What it said cannot be understood.
        case garbled
        /// It said more than it may.
        case tooLarge = "too_large"
        /// It reports that it failed.
        case reported
        /// The rollout's session is gone and cannot be made again.
        case lost
    }

    public var kind: Kind
    public var error: WhetError

    public init(
        _ kind: Kind, _ problem: String, at place: String, expected: String? = nil, remedy: String? = nil
    ) {
        self.kind = kind
        error = WhetError(problem, at: place, expected: expected, remedy: remedy)
    }

    public var description: String { error.description }

    /// A failure as it is, a cancellation as it is, and what else code throws as a failure that it reports.
    static func reported(_ error: any Error, at place: String) -> any Error {
        switch error {
        case is ToolFailure, is CancellationError: return error
        case let error as WhetError:
            return ToolFailure(
                .reported, error.problem, at: [place, error.place].compactMap { $0 }.joined(separator: ", "),
                expected: error.expected, remedy: error.remedy)
        default: return ToolFailure(.reported, "\(error)", at: place)
        }
    }
}

/// What the calls of a rollout may use up.
public struct ToolLimits: Hashable, Sendable {
    /// In a rollout. A turn that calls tools when no call is left is taken as the answer.
    public var calls: Int
    /// In a turn; those beyond it are refused with a word to the policy.
    public var callsPerTurn: Int
    /// How long a call may take.
    public var time: Duration
    /// Of one result; the middle of a longer one is left out.
    public var resultCharacters: Int

    public init(
        calls: Int = 16, callsPerTurn: Int = 8, time: Duration = .seconds(30), resultCharacters: Int = 8_000
    ) {
        self.calls = max(0, calls)
        self.callsPerTurn = max(1, callsPerTurn)
        self.time = time
        self.resultCharacters = max(100, resultCharacters)
    }

    /// The beginning and the end of a text that is too long, with a line between that says so.
    func cut(_ text: String) -> String {
        // Counting bytes first spares the count of characters nearly always.
        guard text.utf8.count > resultCharacters, text.unicodeScalars.count > resultCharacters else { return text }
        let scalars = text.unicodeScalars
        let tail = resultCharacters / 4
        let left = scalars.count - resultCharacters
        return String(scalars.prefix(resultCharacters - tail)) + "\n… \(left) characters are left out …\n"
            + String(scalars.suffix(tail))
    }
}
