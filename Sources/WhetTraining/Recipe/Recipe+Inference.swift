import WhetCore
import WhetInference

extension Recipe.InferenceKind {
    /// Whatever `inference.kind` may be called.
    static var names: [String] { ["embedded", "auto"] + InferenceServerKind.names }

    public var name: String {
        switch self {
        case .embedded: "embedded"
        case .auto: "auto"
        case .server(let kind): kind.name
        }
    }

    /// What servers that are up already must be; nil for any, and for whet's own.
    public var server: InferenceServerKind? { if case .server(let kind) = self { kind } else { nil } }
}

/// One of `names`.
extension Recipe.InferenceKind: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        switch try container.decode(String.self) {
        case "embedded": self = .embedded
        case "auto": self = .auto
        case let name:
            guard let kind = try? InferenceServerKind.named(name) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "\"\(name)\" is no kind of inference server")
            }
            self = .server(kind)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
