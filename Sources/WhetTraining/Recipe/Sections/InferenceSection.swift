import WhetCore
import WhetInference

extension Recipe {
    /// Who samples.
    public struct Inference: Hashable, Sendable, Codable {
        public var kind: InferenceKind
        /// Empty exactly if `kind` is embedded.
        public var urls: [String]
        public var model: String?
        public var concurrencyChoice: ConcurrencyChoice
        /// What `concurrencyChoice` may rise to, if it is `auto`.
        public var concurrencyMaximum: Int
        public var connectTimeoutSeconds: Double
        public var idleTimeoutSeconds: Double
        public var totalTimeoutSeconds: Double
        public var retries: Int
        /// Names the environment variable that holds the servers' key.
        public var keyVariable: String?

        /// Most requests that are ever in flight.
        public var concurrency: Int {
            switch concurrencyChoice {
            case .fixed(let count): count
            case .auto: concurrencyMaximum
            }
        }
    }

    /// Whose server it is.
    public enum InferenceKind: Hashable, Sendable {
        /// whet's own, up as long as the run.
        case embedded
        /// Up already, of whatever kind it says that it is.
        case auto
        /// Up already, and of this kind.
        case server(InferenceServerKind)
    }

    /// How many requests are in flight.
    public enum ConcurrencyChoice: Hashable, Sendable {
        case fixed(Int)
        /// As many as the servers' own metrics allow.
        case auto
    }
}

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

/// A number, or "auto".
extension Recipe.ConcurrencyChoice: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let count = try? container.decode(Int.self) {
            self = .fixed(count)
        } else if try container.decode(String.self) == "auto" {
            self = .auto
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither a number nor auto")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .fixed(let count): try container.encode(count)
        case .auto: try container.encode("auto")
        }
    }
}

extension RecipeSchema {
    static let inference: [RecipeKey] = [
        RecipeKey(
            "kind", .choice(Recipe.InferenceKind.names), default: "embedded",
            "whet's own server, started with the run, or servers that are up already; `auto` asks them."),
        RecipeKey(
            "urls", .list(.text, count: 0...10_000), default: [],
            "Base address of the server, or a list of several that are used as one; none for `embedded`.",
            aliases: ["url"]),
        RecipeKey("model", .optional(.text), default: .null, "The model's name on servers that hold several."),
        RecipeKey(
            "concurrency", .integerOr("auto", counts), default: 256,
            "Most requests in flight; `auto` follows the servers' queues, caches and preemptions.", unit: "requests",
            property: "concurrencyChoice"),
        RecipeKey(
            "concurrency_maximum", .integer(counts), default: 1_024, "What `concurrency: auto` may rise to.",
            unit: "requests"),
        RecipeKey("connect_timeout_seconds", .number(.above(0)), default: 10, "To reach a server.", unit: "seconds"),
        RecipeKey(
            "idle_timeout_seconds", .number(.above(0)), default: 120,
            "Without a byte from it: a token of vLLM, the whole answer of SGLang.", unit: "seconds"),
        RecipeKey("total_timeout_seconds", .number(.above(0)), default: 600, "For a whole reply.", unit: "seconds"),
        RecipeKey(
            "retries", .integer(0...100), default: 4,
            "Further tries after a connection error, 429 or 5xx; other errors are final."),
        RecipeKey(
            "key_variable", .optional(.text), default: .null,
            "The environment variable that holds the servers' key; null sends none."),
    ]
}
