import Foundation
import WhetBackends
import WhetCore

/// A Hugging Face model directory in and out.
extension Model {
    /// Reads config.json and model.safetensors, or the shards that model.safetensors.index.json names.
    ///
    /// - Throws: `WhetError` for a configuration that is not supported, a missing or misshapen tensor, a broken file.
    public init(directory: URL) throws {
        let configuration = try ModelConfiguration(directory: directory)
        let layout = ParameterLayout(configuration)
        let files = try Model.tensorFiles(in: directory)
        var byName: [String: (file: Safetensors, entry: Safetensors.Entry)] = [:]
        for file in files { for (name, entry) in file.entries { byName[name] = (file, entry) } }

        // Before memory is taken by the configuration's word.
        try layout.check(place: directory.path, names: byName.keys) { byName[$0] }
        var parameters = Parameters(layout: layout)
        parameters.read { byName[$0] }
        self.init(configuration: configuration, parameters: parameters)
    }

    private static func tensorFiles(in directory: URL) throws -> [Safetensors] {
        let index = directory.appending(path: "model.safetensors.index.json")
        guard FileManager.default.fileExists(atPath: index.path) else {
            let file = directory.appending(path: "model.safetensors")
            guard FileManager.default.fileExists(atPath: file.path) else {
                throw WhetError(
                    "there are no weights", at: directory.path,
                    expected: "model.safetensors, or the shards that model.safetensors.index.json names",
                    remedy: "fetch the model again, or write it with transformers' save_pretrained")
            }
            return [try Safetensors(file: file)]
        }
        let json: JSONValue
        do { json = try JSONValue(parsing: Data(contentsOf: index)) } catch let error as WhetError {
            throw WhetError(
                "the index is not JSON: \(error.problem)", at: index.path, remedy: "fetch the file again")
        }
        guard let map = json["weight_map"]?.object else {
            throw WhetError("the index has no weight_map", at: index.path)
        }
        let names = try Set(
            map.values.map { value in
                // A shard is a file of this directory, not a path out of it.
                guard let name = value.string, !name.isEmpty, !name.contains("/"), name != ".." else {
                    throw WhetError("the weight_map names no file of the directory", at: index.path)
                }
                return name
            })
        return try names.sorted().map { try Safetensors(file: directory.appending(path: $0)) }
    }

    /// Files of a tokenizer, which go along with the weights.
    static let tokenizerFiles = [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json", "merges.txt",
        "chat_template.jinja",
    ]

    /// Writes config.json, generation_config.json, model.safetensors and the tokenizer's files, a directory that
    /// transformers loads; whole or not at all. What was at `directory` before is replaced.
    ///
    /// - Parameter tokenizer: a model directory whose tokenizer is copied.
    /// - Throws: `WhetError`; what was there is there still.
    public func write(to directory: URL, tokenizer: URL? = nil) throws {
        try write(to: directory, dtype: .float32, tokenizer: tokenizer)
    }

    /// The same with weights of another type.
    func write(to directory: URL, dtype: Safetensors.ElementType, tokenizer: URL?) throws {
        try WholeFiles.replaceDirectory(directory) { try writeFiles(in: $0, dtype: dtype, tokenizer: tokenizer) }
    }

    func writeFiles(in directory: URL, dtype: Safetensors.ElementType, tokenizer: URL?) throws {
        var configuration = configuration.json.object ?? [:]
        configuration["dtype"] = dtype == .float32 ? "float32" : "bfloat16"
        try Model.write(.object(configuration), to: directory.appending(path: "config.json"))
        try Model.write(self.configuration.generationJSON, to: directory.appending(path: "generation_config.json"))
        try Safetensors.write(parameters.tensors(), to: directory.appending(path: "model.safetensors"), dtype: dtype)
        guard let tokenizer else { return }
        for name in Model.tokenizerFiles {
            let source = tokenizer.appending(path: name)
            guard FileManager.default.fileExists(atPath: source.path) else { continue }
            try FileManager.default.copyItem(at: source, to: directory.appending(path: name))
        }
    }

    private static func write(_ json: JSONValue, to file: URL) throws {
        try WholeFiles.write(Data(JSONText(json, style: .spaced).bytes + [UInt8(ascii: "\n")]), to: file)
    }
}
