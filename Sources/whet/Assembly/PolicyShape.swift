import Foundation
import WhetCore
import WhetEngine

/// What a run must know of a policy, whoever computes it: read from config.json, of whatever architecture.
struct PolicyShape {
    let vocabularySize: Int
    /// The longest sequence that it takes.
    let maximumPositions: Int
    /// Ids that end a text; the first ends a turn.
    let endOfSequence: [Int32]

    init(_ configuration: ModelConfiguration) {
        vocabularySize = configuration.vocabularySize
        maximumPositions = configuration.maximumPositions
        endOfSequence = configuration.endOfSequence
    }

    /// - Throws: `WhetError` that names the file and the key.
    init(directory: URL) throws {
        let file = directory.appending(path: "config.json")
        let json: JSONValue
        do { json = try JSONValue(parsing: try Data(contentsOf: file)) } catch let error as WhetError {
            throw WhetError("config.json is not JSON: \(error.problem)", at: file.path)
        } catch {
            throw WhetError("the file cannot be read", at: file.path, because: error)
        }
        // Models that also see or hear have their language model's numbers one level below.
        func member(_ key: String) -> JSONValue? { json[key] ?? json["text_config"]?[key] }
        func size(_ key: String) throws -> Int {
            guard let size = member(key)?.integer, size > 0 else {
                throw WhetError("config.json has no \(key)", at: file.path, expected: "a whole number above 0")
            }
            return size
        }
        vocabularySize = try size("vocab_size")
        maximumPositions = try size("max_position_embeddings")
        let ends = member("eos_token_id")
        endOfSequence = (ends?.array ?? [ends].compactMap(\.self)).compactMap {
            $0.integer.flatMap(Int32.init(exactly:))
        }
    }
}
