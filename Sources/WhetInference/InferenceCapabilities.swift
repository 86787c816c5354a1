import WhetCore

/// What a server can do, as far as whet's ways depend on it.
public struct InferenceCapabilities: Hashable, Sendable {
    /// What the log-probabilities that a server reports are of.
    public enum LogProbabilities: String, Hashable, Sendable {
        /// Of softmax(logits / temperature) over the whole vocabulary: what `SamplingParameters` promises.
        case tempered
        /// Of temperature 1, whatever the temperature was.
        case raw
        /// Of the distribution drawn from: temperature and cuts applied, renormalized.
        case renormalized
        /// It reports none.
        case none
    }

    /// How a request is ended early.
    public enum Abort: String, Hashable, Sendable {
        /// The server ends it and answers with what it has.
        case byRequestID
        /// The connection is closed; what was streamed until then is kept.
        case byClosing
    }

    /// How the server says which weights it has.
    public enum VersionReport: String, Hashable, Sendable {
        /// Every answer says which version sampled it.
        case perAnswer
        /// It answers when it is asked.
        case onRequest
        case never
    }

    /// What the server is.
    public var kind: InferenceServerKind
    /// Whether a prompt may be token ids.
    var takesTokens: Bool
    /// Whether the ids that were sampled come back.
    var returnsTokens: Bool
    /// What the log-probabilities that it reports are of.
    public var logProbabilities: LogProbabilities
    /// How a request is ended early.
    public var abort: Abort
    /// Whether what an aborted request had generated comes back.
    var keepsPartialOutput: Bool
    /// How it takes up new weights while it runs; empty if it does not.
    public var publications: Set<Publication.Kind>
    /// How it says which weights it has.
    public var version: VersionReport
    /// Whether it tells how many requests run and wait (`InferenceServer.load`).
    var reportsLoad: Bool
    /// Whether it can hold requests back while its weights change.
    var pauses = false
    /// Whether a draw follows from the seed and the token's place alone, so that a request that goes on where another
    /// stopped, with its seed, draws what that one would have.
    public var drawsByPlace = false

    init(
        kind: InferenceServerKind, takesTokens: Bool = true, returnsTokens: Bool = true,
        logProbabilities: LogProbabilities, abort: Abort, keepsPartialOutput: Bool = true,
        publications: Set<Publication.Kind> = [], version: VersionReport = .never, reportsLoad: Bool = false
    ) {
        self.kind = kind
        self.takesTokens = takesTokens
        self.returnsTokens = returnsTokens
        self.logProbabilities = logProbabilities
        self.abort = abort
        self.keepsPartialOutput = keepsPartialOutput
        self.publications = publications
        self.version = version
        self.reportsLoad = reportsLoad
    }

    /// SGLang, as far as it does not depend on how it was started.
    public static let sglang: InferenceCapabilities = .init(
        kind: .sglang, logProbabilities: .tempered, abort: .byRequestID, publications: [.directory],
        version: .perAnswer)

    /// whet's own server.
    public static let whet: InferenceCapabilities = {
        var whet = InferenceCapabilities(
            kind: .whet, logProbabilities: .tempered, abort: .byRequestID, publications: [.directory],
            version: .perAnswer, reportsLoad: true)
        whet.drawsByPlace = true
        return whet
    }()

    /// What all of several servers can do; `kind` is the first's.
    ///
    /// - Returns: nil of none.
    static func common(to all: [InferenceCapabilities]) -> InferenceCapabilities? {
        guard var common = all.first else { return nil }
        for other in all.dropFirst() {
            common.takesTokens = common.takesTokens && other.takesTokens
            common.returnsTokens = common.returnsTokens && other.returnsTokens
            common.logProbabilities = [.none, .raw, .renormalized, .tempered]
                .first { $0 == common.logProbabilities || $0 == other.logProbabilities } ?? .none
            if other.abort == .byClosing { common.abort = .byClosing }
            common.keepsPartialOutput = common.keepsPartialOutput && other.keepsPartialOutput
            common.publications.formIntersection(other.publications)
            common.version = [.never, .onRequest].first { $0 == common.version || $0 == other.version } ?? .perAnswer
            common.reportsLoad = common.reportsLoad && other.reportsLoad
            common.drawsByPlace = common.drawsByPlace && other.drawsByPlace
        }
        return common
    }
}
