import Foundation
import Synchronization
import WhetCore
import WhetInference

/// An inference server in this process, without HTTP, that answers from a script; what it was asked stays on record.
public final class ScriptedServer: InferenceServer {
    public typealias Answer = @Sendable (GenerationRequest) async throws -> Generation

    private struct Record {
        var requests: [GenerationRequest] = []
        var aborts: [String] = []
        var inFlight = 0
        var mostInFlight = 0
    }

    public let name = "scripted"
    public let capabilities: InferenceCapabilities
    private let answer: Answer
    private let abort: @Sendable (String) async throws -> Void
    private let record = Mutex(Record())

    /// - Parameters:
    ///   - drawsByPlace: what its capabilities say of that; else they are SGLang's.
    ///   - abort: what it does when it is told to end a request, by id.
    ///   - answer: what it says.
    public init(
        drawsByPlace: Bool = false, abort: @escaping @Sendable (String) async throws -> Void = { _ in },
        answer: @escaping Answer
    ) {
        var capabilities = InferenceCapabilities.sglang
        capabilities.drawsByPlace = drawsByPlace
        self.capabilities = capabilities
        self.abort = abort
        self.answer = answer
    }

    /// In the order in which they came.
    public var requests: [GenerationRequest] { record.withLock { $0.requests } }

    /// How many there were at a time, at the most.
    public var mostInFlight: Int { record.withLock { $0.mostInFlight } }

    /// Whether it was told to end a request.
    public func isAborted(_ requestID: String) -> Bool { record.withLock { $0.aborts.contains(requestID) } }

    public func generate(_ request: GenerationRequest) async throws -> Generation {
        record.withLock { record in
            record.requests.append(request)
            record.inFlight += 1
            record.mostInFlight = max(record.mostInFlight, record.inFlight)
        }
        defer { record.withLock { $0.inFlight -= 1 } }
        return try await answer(request)
    }

    public func abort(requestID: String) async throws {
        record.withLock { $0.aborts.append(requestID) }
        try await abort(requestID)
    }

    public func health() async throws {}
    public func policyVersion() async throws -> PolicyVersion? { .initial }
    public func publish(directory: URL, version: PolicyVersion) async throws {}
}

extension Generation {
    /// What an honest server answers whose policy samples `tokens`: cut to what was asked for, each with the
    /// log-probability `CannedInference.logProbability(of:)`.
    ///
    /// - Parameter version: nil for a server that does not tell.
    /// - Throws: `WhetError` for what no honest server says, such as no tokens and no abort.
    public static func honest(
        _ tokens: [Int32], to request: GenerationRequest, finish: FinishReason = .stop, version: Int? = 0
    ) throws -> Generation {
        let given = Array(tokens.prefix(request.sampling.maximumNewTokens))
        return try Generation(
            tokens: given, logProbabilities: given.map(CannedInference.logProbability),
            finish: given.count < tokens.count ? .length : finish, version: version.map { PolicyVersion($0) },
            promptTokens: request.tokens.count, cachedTokens: 0, request: request, vocabularySize: nil)
    }
}
