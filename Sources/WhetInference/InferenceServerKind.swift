import WhetCore
import WhetHTTP

/// A kind of server that whet knows: its names, how it is told from the others, and the client that talks to it.
///
/// A new kind is a file in `Kinds/` and a word in `all`: recipes, `whet servers` and the documents know it then.
public struct InferenceServerKind: Sendable {
    /// What recipes and programs call it.
    public let name: String
    /// For people.
    public let title: String
    /// What `/v1/models` says of who owns a model there; nil where that tells nothing.
    let owner: String?
    /// Whether a server of no known owner is of this kind, by what else it answers.
    let answers: @Sendable (ServerProbe) async throws -> Bool
    /// A client, with the capabilities that the server was found to have.
    ///
    /// - Parameter model: the one to ask where the server has several; nil takes the first.
    let client: @Sendable (_ probe: ServerProbe, _ model: String?) async throws -> any InferenceServer

    /// Every kind, in the order in which a server is asked whether it is one.
    public static let all: [InferenceServerKind] = [.sglang, .whet, .vllm, .llamaCpp, .tinker, .openAI]

    /// What recipes call them.
    public static var names: [String] { all.map(\.name) }

    /// - Throws: `WhetError` for an unknown name, with the nearest valid one.
    public static func named(_ name: String) throws -> InferenceServerKind {
        guard let kind = all.first(where: { $0.name == name }) else {
            throw WhetError.unknownName(name, kind: "kind of server", among: names)
        }
        return kind
    }
}

/// Kinds are told apart by their names.
extension InferenceServerKind: Hashable, CustomStringConvertible {
    public static func == (left: InferenceServerKind, right: InferenceServerKind) -> Bool { left.name == right.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    public var description: String { name }
}

extension InferenceServerKind {
    /// Asks a server what it is.
    ///
    /// - Parameter url: without `/v1`.
    /// - Throws: `HTTPError` when nobody answers; `WhetError` when what answers is no inference server.
    public static func detect(
        _ url: String, client: HTTPClient, settings: InferenceSettings = .standard
    ) async throws -> InferenceServerKind {
        try await ServerProbe(server: ServerConnection(url: url, client: client, settings: settings)).kind()
    }

    /// A client for the server at `url`, with the capabilities that it was found to have.
    ///
    /// - Parameters:
    ///   - kind: what it must be; nil takes what it is; `openAI` and `tinker` take any that speaks so.
    ///   - model: the one to ask where it has several; nil takes the first.
    /// - Throws: as `detect`; `WhetError` when it is of another kind or does not have the model.
    public static func connect(
        _ url: String, kind expected: InferenceServerKind? = nil, model: String? = nil, client: HTTPClient,
        settings: InferenceSettings = .standard
    ) async throws -> any InferenceServer {
        let probe = ServerProbe(server: ServerConnection(url: url, client: client, settings: settings))
        // These two are ways of speaking, which servers of other kinds may have besides their own.
        let kind = if let expected, [.openAI, .tinker].contains(expected) { expected } else { try await probe.kind() }
        // whet's own server speaks SGLang's language.
        guard expected == nil || expected == kind || (expected == .sglang && kind == .whet) else {
            throw WhetError(
                "the server is of kind \(kind.name)", at: probe.server.name,
                expected: expected?.name, remedy: "inference.kind: \(kind.name), or auto")
        }
        return try await kind.client(probe, model)
    }
}
