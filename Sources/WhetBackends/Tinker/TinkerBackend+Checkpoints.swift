import Foundation
import WhetAlgorithms
import WhetCore
import WhetTinker

/// Checkpoints and publications: the weights stay with the service, the directory says where.
///
/// Keeps: the one file of a directory, `remote.json`, is there whole or not at all.
extension TinkerBackend {
    public func save(to directory: URL) async throws {
        try await exclusively { backend in
            guard backend.ledger.waiting.isEmpty else {
                throw WhetError(
                    "gradients wait to be applied and would be lost", at: directory.path(percentEncoded: false),
                    remedy: "call optimizerStep before save")
            }
            let model = try await backend.currentModel()
            let weights = try await model.save(.training, "\(backend.step)")
            let sampler = try await model.save(.sampling, "\(backend.step)")
            let checkpoint = TinkerCheckpoint(
                path: weights, rank: backend.settings.rank, step: backend.step, ledger: backend.ledger.metadata)
            try RemoteDirectory.write(backend.policy(sampler), checkpoint, to: directory)
            backend.ledger.saved()
        }
    }

    public func publish(to directory: URL) async throws -> Publication {
        try await exclusively { backend in
            let sampler = try await backend.currentModel().save(
                .sampling, "\(backend.step)",
                lifetime: backend.settings.publicationLifetime)
            let policy = backend.policy(sampler)
            try RemoteDirectory.write(policy, nil, to: directory)
            return .remote(policy)
        }
    }

    /// Loads into a new model, because services allow no other, and publishes its weights again in the directory's
    /// file: some sample only from models that they have loaded, which the old one may be no longer.
    public func load(from directory: URL) async throws {
        try await exclusively { backend in
            let (policy, checkpoint) = try RemoteDirectory.read(directory)
            let ledger = try checkpoint.restored(at: directory.path(percentEncoded: false))
            try backend.check(policy, checkpoint, at: directory)
            backend.dropGradients(inDoubt: false)
            backend.doubt = .none
            do {
                let model = try await backend.replaceModel(loading: checkpoint.path)
                let sampler = try await model.save(.sampling, "\(checkpoint.step)")
                try RemoteDirectory.write(backend.policy(sampler), checkpoint, to: directory)
            } catch {
                backend.doubt = .weights("a checkpoint could not be loaded")
                throw error
            }
            backend.ledger = ledger
            backend.step = checkpoint.step
        }
    }

    private func policy(_ path: String) -> RemotePolicy {
        RemotePolicy(service: connection.name, path: path, baseModel: baseModel)
    }

    private func check(_ policy: RemotePolicy, _ checkpoint: TinkerCheckpoint, at directory: URL) throws {
        let place = directory.path(percentEncoded: false)
        guard policy.baseModel == baseModel else {
            throw WhetError(
                "the checkpoint is of the base model \(policy.baseModel)", at: place, expected: baseModel,
                remedy: "trainer.base_model: \(policy.baseModel)")
        }
        guard checkpoint.rank == settings.rank else {
            throw WhetError(
                "the checkpoint's adapters are of rank \(checkpoint.rank)", at: place,
                expected: "\(settings.rank)", remedy: "trainer.lora: {rank: \(checkpoint.rank)}")
        }
    }
}

/// What going on needs beside a published policy: the member `checkpoint` of its file.
struct TinkerCheckpoint: Hashable {
    /// Where the service keeps weights and optimizer state.
    var path: String
    var rank: Int
    /// Optimizer steps in the weights.
    var step: Int
    /// `BatchLedger.metadata`.
    var ledger: [String: String]

    func restored(at place: String) throws -> BatchLedger { try BatchLedger(ledger, at: place) }

    var json: JSONValue {
        var json: JSONObject = [
            "path": .string(path), "rank": .integer(rank), "step": .integer(step),
        ]
        for (key, text) in ledger.sorted(by: { $0.key < $1.key }) {
            json[key] = (try? JSONValue(parsing: Array(text.utf8))) ?? .string(text)
        }
        return .object(json)
    }

    init(path: String, rank: Int, step: Int, ledger: [String: String]) {
        self.path = path
        self.rank = rank
        self.step = step
        self.ledger = ledger
    }

    /// - Throws: `WhetError` for a file that has none, or half of one.
    init(_ file: JSONValue, at place: String) throws {
        guard let json = file["checkpoint"], let path = json["path"]?.string, let rank = json["rank"]?.integer,
            let step = json["step"]?.integer, step >= 0, case .object(let members) = json
        else {
            throw WhetError(
                "this is no checkpoint of the Tinker trainer", at: place,
                expected: "a file with the member checkpoint: path, rank, step",
                remedy: "load a directory that `save` wrote; published ones hold no optimizer state")
        }
        self.init(path: path, rank: rank, step: step, ledger: [:])
        for (key, value) in members where !["path", "rank", "step"].contains(key) { ledger[key] = value.text() }
    }
}
