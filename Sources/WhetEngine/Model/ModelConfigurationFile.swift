import Foundation
import WhetCore

/// `config.json` in and out.
extension ModelConfiguration {
    /// - Throws: `WhetError` that names the file, the key and what is supported.
    public init(directory: URL) throws {
        let file = directory.appending(path: "config.json")
        guard FileManager.default.fileExists(atPath: file.path) else {
            throw WhetError(
                "there is no config.json", at: directory.path, expected: "a Hugging Face model directory",
                remedy: "give the directory that holds config.json and model.safetensors")
        }
        let data: Data
        do { data = try Data(contentsOf: file) } catch {
            throw WhetError("the file cannot be read", at: file.path, because: error)
        }
        let json: JSONValue
        do { json = try JSONValue(parsing: data) } catch let error as WhetError {
            throw WhetError(
                "config.json is not JSON: \(error.problem)", at: file.path,
                remedy: "fetch or write the file again; it may have been cut short")
        }
        try self.init(json: json, at: file.path)
    }

    init(json: JSONValue, at place: String) throws {
        let reader = ConfigurationReader(json: json, place: place)
        guard json.object != nil else { throw WhetError("the file holds no JSON object", at: place) }
        let type = try reader.string("model_type")
        guard let architecture = Architecture(rawValue: type) else {
            throw WhetError(
                "the model_type \"\(type)\" is not supported", at: place,
                expected: "one of \(Architecture.allCases.map(\.rawValue).joined(separator: ", "))",
                suggestion: type.nearest(among: Architecture.allCases.map(\.rawValue)))
        }
        self.architecture = architecture
        vocabularySize = try reader.size("vocab_size")
        hiddenSize = try reader.size("hidden_size")
        intermediateSize = try reader.size("intermediate_size")
        layers = try reader.size("num_hidden_layers")
        heads = try reader.size("num_attention_heads")
        keyValueHeads = try reader.size("num_key_value_heads", or: heads)
        headSize = try reader.size("head_dim", or: architecture == .qwen3 ? 128 : hiddenSize / heads)
        normEpsilon = Float(try reader.number("rms_norm_eps", or: 1e-6))
        maximumPositions = try reader.size("max_position_embeddings", or: 4096)
        tiesEmbeddings = try reader.flag("tie_word_embeddings", or: false)
        initializerRange = try reader.number("initializer_range", or: 0.02)
        beginningOfSequence = try reader.token("bos_token_id")
        padding = try reader.token("pad_token_id")
        endOfSequence = try reader.tokens("eos_token_id")
        rope = try reader.rope(default: architecture == .llama ? 10_000 : 1_000_000)
        try reader.refuseUnsupported()
        try check(at: place)
    }

    /// What transformers reads back, in both its older and its newer spelling of the rotary base.
    var json: JSONValue {
        var rotary: JSONObject = ["rope_theta": .number(rope.theta), "rope_type": "default"]
        if let scaling = rope.scaling {
            rotary["rope_type"] = "llama3"
            rotary["factor"] = .number(scaling.factor)
            rotary["low_freq_factor"] = .number(scaling.lowFrequencyFactor)
            rotary["high_freq_factor"] = .number(scaling.highFrequencyFactor)
            rotary["original_max_position_embeddings"] = .integer(Int(scaling.originalMaximumPositions))
        }
        let name = ["qwen3": "Qwen3", "qwen2": "Qwen2", "llama": "Llama"][architecture.rawValue, default: ""]
        var object: JSONObject = [
            "architectures": [.string("\(name)ForCausalLM")],
            "model_type": .string(architecture.rawValue),
            "vocab_size": .integer(vocabularySize),
            "hidden_size": .integer(hiddenSize),
            "intermediate_size": .integer(intermediateSize),
            "num_hidden_layers": .integer(layers),
            "num_attention_heads": .integer(heads),
            "num_key_value_heads": .integer(keyValueHeads),
            "head_dim": .integer(headSize),
            "hidden_act": "silu",
            "rms_norm_eps": .number(Double("\(normEpsilon)") ?? Double(normEpsilon)),
            "rope_theta": .number(rope.theta),
            "rope_parameters": .object(rotary),
            "max_position_embeddings": .integer(maximumPositions),
            "tie_word_embeddings": .bool(tiesEmbeddings),
            "initializer_range": .number(initializerRange),
            "attention_dropout": .number(0),
            "use_cache": true,
            "bos_token_id": beginningOfSequence.map { .integer(Int($0)) } ?? .null,
            "eos_token_id": ModelConfiguration.json(endOfSequence),
            "pad_token_id": padding.map { .integer(Int($0)) } ?? .null,
        ]
        if architecture != .qwen2 { object["attention_bias"] = false }
        if architecture == .llama { object["mlp_bias"] = false }
        if architecture != .llama {
            object["use_sliding_window"] = false
            object["sliding_window"] = .null
        }
        if rope.scaling != nil { object["rope_scaling"] = .object(rotary) }
        return .object(object)
    }

    /// `generation_config.json`.
    var generationJSON: JSONValue {
        var object: JSONObject = ["eos_token_id": ModelConfiguration.json(endOfSequence)]
        if let beginningOfSequence { object["bos_token_id"] = .integer(Int(beginningOfSequence)) }
        if let padding { object["pad_token_id"] = .integer(Int(padding)) }
        return .object(object)
    }

    private static func json(_ tokens: [Int32]) -> JSONValue {
        switch tokens.count {
        case 0: .null
        case 1: .integer(Int(tokens[0]))
        default: .array(tokens.map { .integer(Int($0)) })
        }
    }
}

/// Reads keys of a configuration and says in words what is wrong with one.
private struct ConfigurationReader {
    let json: JSONValue
    let place: String

    private func value(_ key: String) -> JSONValue? {
        guard let value = json[key], !value.isNull else { return nil }
        return value
    }

    private func wrong(_ key: String, expected: String) -> WhetError {
        let found = value(key).map { value -> String in
            var text = JSONText()
            text.append(value)
            return text.string
        }
        return WhetError(found.map { "\(key) is \($0)" } ?? "\(key) is missing", at: place, expected: expected)
    }

    func string(_ key: String) throws -> String {
        guard let string = value(key)?.string else { throw wrong(key, expected: "a name") }
        return string
    }

    func size(_ key: String, or standard: Int? = nil) throws -> Int {
        if value(key) == nil, let standard { return standard }
        guard let size = value(key)?.integer, (1...Int(Int32.max)).contains(size) else {
            throw wrong(key, expected: "a whole number from 1 to \(Int32.max)")
        }
        return size
    }

    func number(_ key: String, or standard: Double) throws -> Double {
        guard let found = value(key) else { return standard }
        guard let number = found.double, number.isFinite else { throw wrong(key, expected: "a number") }
        return number
    }

    func flag(_ key: String, or standard: Bool) throws -> Bool {
        guard let found = value(key) else { return standard }
        guard let flag = found.bool else { throw wrong(key, expected: "true or false") }
        return flag
    }

    func token(_ key: String) throws -> Int32? {
        guard let found = value(key) else { return nil }
        guard let token = found.integer.flatMap(Int32.init(exactly:)), token >= 0 else {
            throw wrong(key, expected: "a token id")
        }
        return token
    }

    func tokens(_ key: String) throws -> [Int32] {
        guard let list = value(key)?.array else { return try token(key).map { [$0] } ?? [] }
        return try list.map {
            guard let token = $0.integer.flatMap(Int32.init(exactly:)), token >= 0 else {
                throw wrong(key, expected: "a token id, or a list of them")
            }
            return token
        }
    }

    func rope(default theta: Double) throws -> RotaryPositions {
        let nested = [value("rope_parameters"), value("rope_scaling")].compactMap { $0 }.first
        let base = nested?["rope_theta"]?.double
        var rope = RotaryPositions(theta: try base ?? number("rope_theta", or: theta))
        guard let nested else { return rope }
        let type = nested["rope_type"]?.string ?? nested["type"]?.string ?? "default"
        switch type {
        case "default": break
        case "llama3":
            func positive(_ key: String) throws -> Double {
                guard let number = nested[key]?.double, number > 0, number.isFinite else {
                    throw WhetError("rope_parameters.\(key) is missing or not above 0", at: place)
                }
                return number
            }
            rope.scaling = try RotaryPositions.Scaling(
                factor: positive("factor"), lowFrequencyFactor: positive("low_freq_factor"),
                highFrequencyFactor: positive("high_freq_factor"),
                originalMaximumPositions: positive("original_max_position_embeddings"))
        default:
            throw WhetError(
                "the rotary scaling \"\(type)\" is not supported", at: place, expected: "one of default, llama3")
        }
        return rope
    }

    func refuseUnsupported() throws {
        let activation = value("hidden_act")?.string ?? "silu"
        guard activation == "silu" else {
            throw WhetError("the activation \"\(activation)\" is not supported", at: place, expected: "hidden_act silu")
        }
        let slides = try flag("use_sliding_window", or: false)
        let layerTypes = value("layer_types")?.array ?? []
        guard !slides, layerTypes.allSatisfy({ $0.string == "full_attention" }) else {
            throw WhetError(
                "sliding-window attention is not supported", at: place,
                expected: "use_sliding_window false and only full_attention layers")
        }
        for key in ["attention_bias", "mlp_bias"] where try flag(key, or: false) {
            throw WhetError("\(key) is not supported", at: place, expected: "false; qwen2 has its own biases")
        }
        if value("quantization_config") != nil {
            throw WhetError("quantized weights are not supported", at: place, expected: "float32, bfloat16 or float16")
        }
    }
}
