import Synchronization
import WhetCore

/// Puts a completion together, from one answer or from the events of a stream.
protocol PartialCompletion: Sendable {
    /// What has come so far.
    var tokens: [Int32] { get }

    /// - Throws: `WhetError` for anything that is no completion.
    mutating func read(_ root: JSONView) throws

    /// - Parameter isWhole: whether the server said that this is all; if not, the generation may lack an end, and then
    ///   counts as aborted.
    /// - Throws: `WhetError` when it breaks what `Generation` keeps.
    func generation(
        _ request: GenerationRequest, isWhole: Bool, version: PolicyVersion?, vocabularySize: Int?
    ) throws -> Generation
}

/// A completion that one task fills from a stream, and that is still there when that task is cancelled.
final class HeldCompletion: Sendable {
    private struct State {
        var completion: any PartialCompletion
        /// Whether the server said that this was all.
        var isWhole = false
    }

    private let state: Mutex<State>
    private let version: PolicyVersion?

    /// - Parameter version: of the weights that sample it.
    init(_ completion: any PartialCompletion, version: PolicyVersion?) {
        state = Mutex(State(completion: completion))
        self.version = version
    }

    var isEmpty: Bool { state.withLock { $0.completion.tokens.isEmpty } }

    func read(_ event: String) throws {
        let document = try JSONDocument(parsing: event)
        try state.withLock { try $0.completion.read(document.root) }
    }

    /// The server said that this was all.
    func end() { state.withLock { $0.isWhole = true } }

    /// - Throws: as `PartialCompletion.generation`.
    func generation(_ request: GenerationRequest, vocabularySize: Int?) throws -> Generation {
        try state.withLock {
            try $0.completion.generation(
                request, isWhole: $0.isWhole, version: version, vocabularySize: vocabularySize)
        }
    }
}
