import Foundation
import WhetCore
import WhetEngine
import WhetRollouts
import WhetServer
import WhetText
import WhetTraining

/// The model directory that a run starts from: the one that the recipe names, or a new one in the run's folder.
///
/// Keeps: a new policy follows from the recipe alone, so it is made again, the same, if a run was killed while it was
/// made.
enum PolicyDirectory {
    /// - Throws: `WhetError` when the model directory is not one, or the sizes of a new one do not fit each other.
    static func find(for recipe: Recipe, curriculum: Curriculum, in runFolder: URL) async throws -> URL {
        guard recipe.policy.isNew, let architecture = recipe.policy.architecture else {
            return URL(filePath: recipe.policy.model, directoryHint: .isDirectory)
        }
        let directory = runFolder.appending(path: "policy", directoryHint: .isDirectory)
        // The model goes last, so a directory that has it is whole.
        if FileManager.default.fileExists(atPath: directory.appending(path: "model.safetensors").path) {
            return directory
        }
        let tokenizerFolder = runFolder.appending(path: "tokenizer", directoryHint: .isDirectory)
        let format = try await writeTokenizer(
            for: curriculum, kind: architecture.tokenizer, vocabularySize: architecture.vocabularySize,
            to: tokenizerFolder)
        let configuration = try Self.configuration(
            architecture, vocabulary: format.tokenizer.vocabularySize, endOfTurn: format.endOfTurn)
        try PolicyMemory(configuration, in: recipe).check(at: "policy.architecture")
        let model = Model(configuration: configuration, seed: recipe.run.seed)
        try model.write(to: directory, tokenizer: tokenizerFolder)
        try FileManager.default.removeItem(at: tokenizerFolder)
        return directory
    }

    /// Makes a tokenizer from what the environments say and want to hear.
    static func writeTokenizer(
        for curriculum: Curriculum, kind: Recipe.TokenizerKind, vocabularySize: Int, to folder: URL
    ) async throws -> ChatFormat {
        let trained =
            switch kind {
            case .characters: try Tokenizer.characters()
            case .bpe: try TokenizerTrainer(vocabularySize: vocabularySize).train(on: await samples(of: curriculum))
            }
        try trained.write(to: folder)
        return try format(in: folder)
    }

    /// The tokenizer and chat template of a model directory.
    ///
    /// - Throws: `WhetError` when one of them is missing or cannot be read.
    static func format(in directory: URL, _ shape: PolicyShape? = nil) throws -> ChatFormat {
        let tokenizer = try Tokenizer(directory: directory)
        if let shape { try tokenizer.check(fits: shape.vocabularySize, in: directory) }
        guard let endOfTurn = tokenizer.endOfSequence ?? shape?.endOfSequence.first else {
            throw WhetError(
                "the model names no token that ends a turn", at: directory.path,
                expected: "eos_token in tokenizer_config.json or eos_token_id in config.json")
        }
        return ChatFormat(tokenizer: tokenizer, template: try ChatTemplate(directory: directory), endOfTurn: endOfTurn)
    }

    /// Conversations as the template writes them, for a tokenizer to learn its merges from.
    private static func samples(of curriculum: Curriculum) async throws -> [String] {
        let template = try ChatTemplate(source: ChatTemplate.chatML)
        return try await (0..<2_000).concurrentMap { index in
            let task = try await curriculum.task(index, purpose: "tokenizer text")
            let demonstration = try await curriculum.demonstration(of: task) ?? []
            return try template.render(
                messages: task.messages + demonstration, tools: task.tools, addGenerationPrompt: false)
        }
    }

    static func configuration(
        _ architecture: Recipe.Architecture, vocabulary: Int, endOfTurn: Int32
    ) throws -> ModelConfiguration {
        var configuration = try ModelConfiguration(
            vocabularySize: vocabulary, hiddenSize: architecture.hiddenSize,
            intermediateSize: architecture.intermediateSize, layers: architecture.layers, heads: architecture.heads,
            keyValueHeads: architecture.keyValueHeads, headSize: architecture.headDimension,
            maximumPositions: architecture.contextLength, endOfSequence: [endOfTurn])
        configuration.rope.theta = architecture.ropeTheta
        configuration.tiesEmbeddings = architecture.tieEmbeddings
        return configuration
    }
}
