import WhetCore

extension Recipe {
    /// What turns rewards into credit: a name of the algorithm catalog and its settings, in JSON one flat object.
    public struct Algorithm: Hashable, Sendable, Codable {
        public var name: String
        public var settings: RecipeSettings

        public init(name: String, settings: RecipeSettings = RecipeSettings()) {
            self.name = name
            self.settings = settings
        }

        public init(from decoder: any Decoder) throws {
            var object = try RecipeSettings(from: decoder).values
            guard case .string(let name)? = object.removeValue(forKey: "name") else {
                throw DecodingError.dataCorrupted(
                    DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "the algorithm has no name")
                )
            }
            self.init(name: name, settings: RecipeSettings(object))
        }

        public func encode(to encoder: any Encoder) throws {
            var object = settings.values
            object["name"] = .string(name)
            try RecipeSettings(object).encode(to: encoder)
        }
    }
}
