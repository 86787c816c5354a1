import Foundation

/// `Codable` types through `JSONValue`. Writing is for problems and settings, not for hot paths.
extension JSONValue {
    /// - Throws: what `JSONEncoder` throws.
    public init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        self = try JSONValue(parsing: encoder.encode(value))
    }

    /// - Throws: `WhetError` that names the key which is missing or of the wrong type.
    public func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
        do {
            return try type.init(from: JSONValueDecoder(self))
        } catch let error as DecodingError {
            throw WhetError(decoding: error)
        }
    }
}

extension WhetError {
    /// Foundation's words for a failed decoding, made readable.
    public init(decoding error: DecodingError) {
        func path(_ context: DecodingError.Context) -> String? {
            context.codingPath.isEmpty ? nil : context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            self.init("the key \"\(key.stringValue)\" is missing", at: path(context))
        case .typeMismatch(let type, let context):
            self.init("the value is of the wrong type", at: path(context), expected: "\(type)")
        case .valueNotFound(let type, let context):
            self.init("the value is null", at: path(context), expected: "\(type)")
        case .dataCorrupted(let context):
            self.init(context.debugDescription, at: path(context))
        @unknown default:
            self.init("\(error)")
        }
    }
}
