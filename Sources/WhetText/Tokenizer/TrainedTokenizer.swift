import Foundation
import WhetCore

/// A tokenizer that whet made, and the files that transformers loads it from.
public struct TrainedTokenizer: Sendable {
    /// The token of bytes that a vocabulary of the bytes that occur lacks.
    static let unknown = "<|unknown|>"

    /// The content of tokenizer.json.
    public let json: JSONValue
    /// The content of tokenizer_config.json.
    public let configuration: JSONValue
    /// The content of chat_template.jinja.
    let chatTemplate: String
    /// The same, ready for use.
    public let tokenizer: Tokenizer

    init(_ learner: MergeLearner, extras: [String], specialTokens: [String], chatTemplate: String) throws {
        let entries = learner.tokens.map(ByteAlphabet.entry(of:)) + extras
        var vocabulary: JSONObject = [:]
        for (id, entry) in entries.enumerated() { vocabulary[entry] = .integer(id) }
        let merges = learner.merges.map { merge -> JSONValue in
            [.string(entries[Int(merge.left)]), .string(entries[Int(merge.right)])]
        }
        let added =
            extras.enumerated().map { ($0.element, learner.tokens.count + $0.offset) }
            + specialTokens.enumerated().map { ($0.element, entries.count + $0.offset) }
        json = [
            "version": "1.0",
            "truncation": nil,
            "padding": nil,
            "added_tokens": .array(
                added.map { content, id in
                    [
                        "id": .integer(id), "content": .string(content), "single_word": false, "lstrip": false,
                        "rstrip": false, "normalized": false, "special": true,
                    ]
                }),
            "normalizer": ["type": "NFC"],
            "pre_tokenizer": [
                "type": "Sequence",
                "pretokenizers": [
                    [
                        "type": "Split", "pattern": ["Regex": .string(TokenizerTrainer.pattern)],
                        "behavior": "Isolated",
                        "invert": false,
                    ],
                    ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false],
                ],
            ],
            "post_processor": nil,
            "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
            "model": [
                "type": "BPE", "dropout": nil, "unk_token": extras.first.map(JSONValue.string) ?? nil,
                "continuing_subword_prefix": nil, "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false,
                "ignore_merges": false, "vocab": .object(vocabulary), "merges": .array(merges),
            ],
        ]
        configuration = [
            "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false,
            "eos_token": .string(specialTokens[0]), "pad_token": .string(specialTokens[1]),
        ]
        self.chatTemplate = chatTemplate
        _ = try ChatTemplate(source: chatTemplate)
        tokenizer = try Tokenizer(json: json, configuration: configuration)
    }

    /// Writes tokenizer.json, tokenizer_config.json and chat_template.jinja, each whole or not at all.
    ///
    /// - Throws: what the file system says.
    public func write(to directory: URL) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Self.write(json.text() + "\n", to: directory.appending(path: "tokenizer.json"))
        try Self.write(configuration.text() + "\n", to: directory.appending(path: "tokenizer_config.json"))
        try Self.write(chatTemplate, to: directory.appending(path: "chat_template.jinja"))
    }

    private static func write(_ text: String, to file: URL) throws {
        let temporary = file.deletingLastPathComponent().appending(
            path: ".\(file.lastPathComponent).\(UUID().uuidString)")
        do {
            try Data(text.utf8).write(to: temporary)
            let handle = try FileHandle(forUpdating: temporary)
            try handle.synchronize()
            try handle.close()
            guard rename(temporary.path, file.path) == 0 else {
                throw WhetError("the file cannot be replaced: \(String(cString: strerror(errno)))", at: file.path)
            }
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw error
        }
    }
}

extension Tokenizer {
    /// A tokenizer whose tokens are single bytes: all 256 or, given texts, those that occur in them.
    ///
    /// - Throws: what the training of a tokenizer throws.
    public static func characters(of texts: [String]? = nil) throws -> TrainedTokenizer {
        var trainer = TokenizerTrainer(vocabularySize: nil)
        if texts != nil { trainer.alphabet = .bytesThatOccur }
        return try trainer.train(on: texts ?? [])
    }
}

extension ChatTemplate {
    /// Turns between `<|im_start|>` and `<|im_end|>`, with tools, for policies that whet makes.
    public static let chatML = """
        {%- macro turn(role, text) -%}
        {{ '<|im_start|>' ~ role ~ '\\n' ~ text ~ '<|im_end|>\\n' }}
        {%- endmacro -%}
        {%- if tools -%}
          {%- set listing -%}
            {%- for tool in tools -%}
              {{- '\\n' ~ (tool.function if tool.function is defined else tool) | tojson -}}
            {%- endfor -%}
          {%- endset -%}
          {{- turn('system', 'You can call these functions:' ~ listing) -}}
        {%- endif -%}
        {%- for message in messages -%}
          {%- set text = message.content if message.content is string else '' -%}
          {%- if message.tool_calls is defined and message.tool_calls -%}
            {%- set calls -%}
              {%- for call in message.tool_calls -%}
                {%- set function = call.function if call.function is defined else call -%}
                {{- '\\n<tool_call>' ~ function | tojson ~ '</tool_call>' -}}
              {%- endfor -%}
            {%- endset -%}
            {{- turn(message.role, (text ~ calls) | trim) -}}
          {%- else -%}
            {{- turn(message.role, text) -}}
          {%- endif -%}
        {%- endfor -%}
        {%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif -%}

        """
}
