import Foundation
import WhetCore

/// What tokenizer_config.json adds to a tokenizer: the names of special tokens and the chat template.
enum TokenizerConfiguration {
    private static let names = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    /// Reads tokenizer_config.json, with what special_tokens_map.json has beyond it; nil where neither is there.
    static func read(directory: URL) throws -> JSONValue? {
        var configuration = try object(in: directory.appending(path: "tokenizer_config.json"))
        let map = try object(in: directory.appending(path: "special_tokens_map.json"))
        for (key, value) in map ?? [:] where (configuration?[key] ?? .null).isNull {
            configuration = configuration ?? [:]
            configuration?[key] = value
        }
        return configuration.map(JSONValue.object)
    }

    /// The text of each special token that the configuration names, given as text or as an object with `content`.
    static func namedTokens(in configuration: JSONValue?) -> [String: String] {
        var tokens: [String: String] = [:]
        for name in names {
            let value = configuration?[name]
            if let text = value?.string ?? value?["content"]?.string { tokens[name] = text }
        }
        return tokens
    }

    private static func object(in file: URL) throws -> JSONObject? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let data = try Data(contentsOf: file)
        do {
            guard let object = try JSONValue(parsingLargeNumbers: data).object else {
                throw WhetError("the file is not a JSON object")
            }
            return object
        } catch let error as WhetError {
            throw WhetError(error.problem, at: file.path)
        }
    }
}
