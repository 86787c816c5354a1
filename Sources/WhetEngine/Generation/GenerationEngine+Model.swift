import Foundation
import WhetCore

extension Decoder: DecodingSession {}

extension GenerationEngine {
    /// An engine over a model.
    ///
    /// - Parameters:
    ///   - version: of the model's weights.
    ///   - endTokens: what ends a generation; the model's own `endOfSequence` count as well.
    ///   - bytes: what tokens stand for; stop strings are looked for in it.
    ///   - threads: how many work on a step, the engine's own among them. Changes no result.
    public convenience init(
        model: Model, version: PolicyVersion = .initial, settings: Settings = Settings(), endTokens: [Int32] = [],
        threads: Int = ProcessInfo.processInfo.activeProcessorCount, bytes: @escaping TokenBytes
    ) {
        self.init(
            configuration: model.configuration, version: version, settings: settings,
            endTokens: Set(endTokens + model.configuration.endOfSequence), bytes: bytes,
            session: { Decoder(model: model, threads: threads) })
    }

    /// Reads weights from a model directory and takes them, once all that runs has ended.
    ///
    /// - Throws: `WhetError` when the directory cannot be read or holds a model of another shape; the old weights stay.
    public func update(from directory: URL, version: PolicyVersion) async throws {
        // Reading is long and blocks, so it is done neither on the engine's thread nor on a cooperative one.
        let model = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try Model(directory: directory) }) }
        }
        try await update(to: model, version: version)
    }
}
