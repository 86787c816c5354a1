import Foundation
import WhetCore
import WhetTinker

/// AdamW's, which go along with each step.
public struct TinkerOptimizer: Hashable, Sendable {
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    /// Decoupled.
    public var weightDecay: Double
    /// A gradient of a larger global norm is scaled down to it; nil leaves it alone.
    public var clipNorm: Double?

    public init(
        beta1: Double = 0.9, beta2: Double = 0.95, epsilon: Double = 1e-8, weightDecay: Double = 0,
        clipNorm: Double? = nil
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.weightDecay = weightDecay
        self.clipNorm = clipNorm
    }

    func json(learningRate: Double) -> JSONValue {
        var json: JSONObject = [
            "learning_rate": .number(learningRate), "beta1": .number(beta1), "beta2": .number(beta2),
            "eps": .number(epsilon), "weight_decay": .number(weightDecay),
        ]
        if let clipNorm { json["grad_clip_norm"] = .number(clipNorm) }
        return .object(json)
    }
}

extension TinkerBackend {
    /// Where the service is, and what it trains.
    public struct Settings: Hashable, Sendable {
        /// With or without `/api/v1`.
        public var url: String
        /// The environment variable that holds the service's key; nil for a service that wants none.
        public var keyVariable: String?
        /// The service's name for the model beneath the adapters; nil for the only one that it has.
        public var baseModel: String?
        /// Of the adapters.
        public var rank: Int
        /// Of the adapters' first weights.
        public var seed: Int
        public var optimizer: TinkerOptimizer
        /// Tokens of one request; a longer sequence is a request of its own.
        public var requestTokens: Int
        /// Requests whose answers are awaited at a time.
        public var requestsInFlight: Int
        /// Ids at or beyond it are refused before they are sent, since some services take any; nil checks none.
        public var vocabularySize: Int?
        /// How long the service keeps weights that were published and not saved, if it asks; nil for ever.
        public var publicationLifetime: Duration?
        public var connection: TinkerConnection.Settings
        /// What the service is known to do; nil finds it out when connecting.
        public var traits: TinkerTraits?

        public init(
            url: String, keyVariable: String? = nil, baseModel: String? = nil, rank: Int = 32, seed: Int = 0,
            optimizer: TinkerOptimizer = TinkerOptimizer(), requestTokens: Int = 32_768, requestsInFlight: Int = 4,
            vocabularySize: Int? = nil, publicationLifetime: Duration? = .seconds(7 * 24 * 3600),
            connection: TinkerConnection.Settings = TinkerConnection.Settings(), traits: TinkerTraits? = nil
        ) {
            self.url = url
            self.keyVariable = keyVariable
            self.baseModel = baseModel
            self.rank = rank
            self.seed = seed
            self.optimizer = optimizer
            self.requestTokens = requestTokens
            self.requestsInFlight = requestsInFlight
            self.vocabularySize = vocabularySize
            self.publicationLifetime = publicationLifetime
            self.connection = connection
            self.traits = traits
        }

        var limits: TinkerLimits {
            TinkerLimits(requestTokens: max(1, requestTokens), requestsInFlight: max(1, requestsInFlight))
        }

        /// The key, read when it is needed.
        ///
        /// - Throws: `WhetError` where the variable is not set.
        func key() throws -> String? {
            try SecretVariable.value(of: keyVariable, at: "trainer.key_variable")
        }
    }
}
