import Foundation
import Testing
import WhetBackends
import WhetCore
import WhetTestSupport

@testable import WhetEngine

@Suite("Model directory")
struct ModelDirectoryTests {
    @Test("what is written is read again", arguments: ModelConfiguration.Architecture.allCases)
    func roundTrip(_ architecture: ModelConfiguration.Architecture) async throws {
        var configuration = try ModelConfiguration.odd(architecture)
        configuration.endOfSequence = architecture == .qwen3 ? [3, 4] : [3]
        configuration.padding = 5
        configuration.rope.theta = 12345
        if architecture == .llama {
            configuration.rope.scaling = .init(
                factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaximumPositions: 64)
        }
        let model = Model(configuration: configuration, seed: 1)
        try await withTemporaryDirectory { parent in
            let directory = parent.appending(path: "model")
            try model.write(to: directory)
            try model.write(to: directory)
            let read = try Model(directory: directory)
            #expect(read.configuration == configuration)
            #expect(read.parameters.values.bits == model.parameters.values.bits)
            #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == ["model"])
        }
    }

    @Test("the tokenizer goes along")
    func tokenizer() async throws {
        let fixture = try #require(try ModelFixture.all().first)
        try await withTemporaryDirectory { parent in
            let directory = parent.appending(path: "model")
            try fixture.model.write(to: directory, dtype: .bfloat16, tokenizer: fixture.directory)
            for name in ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"] {
                #expect(
                    try Data(contentsOf: directory.appending(path: name))
                        == Data(contentsOf: fixture.directory.appending(path: name)))
            }
        }
    }

    @Test("shards are found through the index")
    func shards() async throws {
        let model = Model(configuration: try .odd(), seed: 1)
        let tensors = model.parameters.layout.tensors.map {
            Safetensors.Tensor(name: $0.name, shape: $0.shape, values: model.parameters.values[$0.range])
        }
        try await withTemporaryDirectory { directory in
            try model.write(to: directory)
            try FileManager.default.removeItem(at: directory.appending(path: "model.safetensors"))
            let half = tensors.count / 2
            var map = JSONObject()
            for (name, part) in [("one.safetensors", tensors[..<half]), ("two.safetensors", tensors[half...])] {
                try Safetensors.write(Array(part), to: directory.appending(path: name), dtype: .float32)
                for tensor in part { map[tensor.name] = .string(name) }
            }
            func write(_ map: JSONObject) throws {
                var text = JSONText()
                text.append(["weight_map": .object(map)])
                try Data(text.bytes).write(to: directory.appending(path: "model.safetensors.index.json"))
            }
            try write(map)
            #expect(try Model(directory: directory).parameters.values.bits == model.parameters.values.bits)

            for name in ["../one.safetensors", "/etc/passwd", "..", "", "three.safetensors"] {
                map["model.norm.weight"] = .string(name)
                try write(map)
                #expect(throws: (any Error).self, "\(name)") { try Model(directory: directory) }
            }
        }
    }

    @Test("missing and misshapen tensors are named")
    func wrongTensors() async throws {
        let model = Model(configuration: try .odd(), seed: 1)
        var other = try ModelConfiguration.odd()
        other.intermediateSize += 1
        try await withTemporaryDirectory { parent in
            let one = parent.appending(path: "one")
            let two = parent.appending(path: "two")
            try model.write(to: one)
            try Model(configuration: other, seed: 1).write(to: two)
            try FileManager.default.removeItem(at: one.appending(path: "config.json"))
            try FileManager.default.copyItem(
                at: two.appending(path: "config.json"), to: one.appending(path: "config.json"))
            let error = #expect(throws: WhetError.self) { try Model(directory: one) }
            #expect(error?.description.contains("mlp.gate_proj.weight") == true)

            try Safetensors.write([], to: two.appending(path: "model.safetensors"), dtype: .float32)
            let missing = #expect(throws: WhetError.self) { try Model(directory: two) }
            #expect(missing?.problem.contains("model.embed_tokens.weight") == true)
        }
    }

    private static let good =
        #"{"model_type": "qwen3", "vocab_size": 8, "hidden_size": 8, "intermediate_size": 8,"#
        + #" "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4"#

    @Test(
        "a configuration that is not supported is refused in words",
        arguments: [
            (#""model_type": "mistral""#, "qwen3"), (#""model_type": "qwen4""#, "qwen3"),
            (#""vocab_size": "8""#, "vocab_size"),
            (#""vocab_size": 0"#, "vocab_size"), (#""hidden_size": -1"#, "hidden_size"), (#""head_dim": 5"#, "even"),
            (#""head_dim": 1e99"#, "head_dim"), (#""head_dim": 258"#, "head_dim"),
            (#""num_key_value_heads": 3"#, "multiple"),
            (#""hidden_act": "gelu""#, "silu"), (#""use_sliding_window": true"#, "sliding"),
            (#""layer_types": ["sliding_attention"]"#, "sliding"),
            (#""rope_scaling": {"rope_type": "yarn", "factor": 4}"#, "yarn"),
            (#""attention_bias": true"#, "attention_bias"), (#""eos_token_id": [1, "2"]"#, "eos_token_id"),
            (#""eos_token_id": -1"#, "eos_token_id"), (#""rms_norm_eps": 0"#, "rms_norm_eps"),
            (#""quantization_config": {"bits": 4}"#, "quantized"),
            (#""tie_word_embeddings": "yes""#, "tie_word_embeddings"),
            (#""num_hidden_layers": 2147483647"#, "layers"),
            (#""vocab_size": 2147483647, "hidden_size": 2147483647"#, "parameters"),
        ])
    func refuses(change: String, word: String) throws {
        let key = change.split(separator: "\"")[0]
        var json = try JSONValue(parsing: Data((Self.good + "}").utf8)).object ?? [:]
        json.merge(try JSONValue(parsing: Data("{\(change)}".utf8)).object ?? [:], uniquingKeysWith: { $1 })
        let error = #expect(throws: WhetError.self, "\(key)") {
            try ModelConfiguration(json: .object(json), at: "config.json")
        }
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
        #expect(throws: Never.self) {
            try ModelConfiguration(json: JSONValue(parsing: Data((Self.good + "}").utf8)), at: "")
        }
    }

    @Test(
        "the rotary base is read in both spellings",
        arguments: [
            #""rope_theta": 500"#, #""rope_parameters": {"rope_theta": 500, "rope_type": "default"}"#,
            #""rope_theta": 500, "rope_scaling": null"#,
        ])
    func rope(spelling: String) throws {
        let json = try JSONValue(parsing: Data((Self.good + ", \(spelling)}").utf8))
        #expect(try ModelConfiguration(json: json, at: "").rope.theta == 500)
    }

    @Test("no directory, no JSON")
    func unreadable() async throws {
        try await withTemporaryDirectory { directory in
            #expect(throws: WhetError.self) { try Model(directory: directory) }
            try Data("{".utf8).write(to: directory.appending(path: "config.json"))
            let error = #expect(throws: WhetError.self) { try Model(directory: directory) }
            #expect(error?.place?.hasSuffix("config.json") == true)
        }
    }
}
