import Foundation
import Testing
import WhetCore
import WhetTestSupport

@testable import WhetText

/// What transformers made of one text.
struct TokenizerCase: Sendable, CustomTestStringConvertible {
    let model: URL
    let text: String
    let ids: [Int32]
    let decoded: String

    var testDescription: String { "\(model.lastPathComponent): \(text.prefix(40))" }

    static func all() throws -> [TokenizerCase] {
        try Fixtures.references(of: "tokenizer").map { model, sample in
            TokenizerCase(
                model: model, text: try #require(sample["text"]?.string), ids: try #require(sample.tokens("ids")),
                decoded: try #require(sample["decoded"]?.string))
        }
    }
}

/// What transformers made of one conversation.
struct ChatCase: Sendable, CustomTestStringConvertible {
    let model: URL
    let messages: [JSONValue]
    let tools: JSONValue?
    let text: String
    let ids: [Int32]

    var testDescription: String { "\(model.lastPathComponent): \(messages.count) messages, tools \(tools != nil)" }

    static func all() throws -> [ChatCase] {
        try Fixtures.references(of: "chat").map { model, sample in
            ChatCase(
                model: model, messages: try #require(sample["messages"]?.array),
                tools: [sample["tools"]].compactMap(\.self).first { !$0.isNull },
                text: try #require(sample["text"]?.string), ids: try #require(sample.tokens("ids")))
        }
    }
}

enum Fixtures {
    /// The model directories of all folders.
    static func models() throws -> [URL] {
        try FixtureFolders.all.flatMap { folder in
            try FileManager.default.contentsOfDirectory(
                at: folder.appending(path: "models"), includingPropertiesForKeys: nil
            )
            .filter { FileManager.default.fileExists(atPath: $0.appending(path: "reference.json").path) }
            .sorted { $0.path < $1.path }
        }
    }

    /// The cases of one kind in the reference.json of every model.
    static func references(of kind: String) throws -> [(model: URL, sample: JSONValue)] {
        try models().flatMap { model in
            let file = try JSONValue(parsing: Data(contentsOf: model.appending(path: "reference.json")))
            return try #require(file[kind]?.array, "\(model.path) has no \(kind) cases").map { (model, $0) }
        }
    }
}

extension JSONValue {
    func tokens(_ key: String) -> [Int32]? {
        self[key]?.array?.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
    }
}
