import Foundation
import WhetCore
import WhetEngine
import WhetText

/// The model that every training run of the service starts from.
struct TinkerBase: Sendable {
    let directory: URL
    /// What clients call it, and load its tokenizer by.
    let name: String
    let model: Model
    let tokenizer: Tokenizer
    let endTokens: [Int32]
    /// As config.json has it, such as Qwen3ForCausalLM.
    let architecture: String?

    /// - Throws: `WhetError` that names the file which is missing or wrong.
    init(directory: URL, name: String?) throws {
        self.directory = directory.standardizedFileURL
        tokenizer = try Tokenizer(directory: directory)
        model = try Model(directory: directory)
        try tokenizer.check(fits: model.configuration.vocabularySize, in: directory)
        endTokens = try ServedModel.endTokens(in: directory) + (tokenizer.endOfSequence.map { [$0] } ?? [])
        let configuration = try JSONValue(parsing: Data(contentsOf: directory.appending(path: "config.json")))
        architecture = configuration["architectures"]?[0]?.string
        self.name = name ?? TinkerBase.path(of: self.directory)
    }

    var vocabularySize: Int { model.configuration.vocabularySize }
    var context: Int { model.configuration.maximumPositions }
    var parameterCount: Int { model.configuration.parameterCount }

    /// Whether a client's name for a base model means this one.
    func isCalled(_ name: String) -> Bool {
        if name == self.name || name == directory.lastPathComponent { return true }
        return name.hasPrefix("/") && URL(filePath: name).standardizedFileURL.path == directory.path
    }

    /// The SDK takes a name with exactly two slashes for `organization/model/variant`, and would look for the tokenizer
    /// of another path.
    private static func path(of directory: URL) -> String {
        let path = directory.path
        return path.count { $0 == "/" } == 2 ? path + "/" : path
    }
}
