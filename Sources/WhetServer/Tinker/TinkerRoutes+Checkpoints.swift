import Foundation
import Hummingbird
import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// Checkpoints: saving, loading, and what there is.
extension TinkerRoutes {
    func saveWeights(_ call: Call) async throws -> Response {
        try await ordered(call) { fields in
            let id = try fields.required("model_id", fields.string("model_id"))
            let number = try fields.integer("seq_id")
            let name = try fields.string("path") ?? "call-\(number ?? 0)-\(TinkerName.new("weights").suffix(8))"
            let path = try TinkerPath(model: id, kind: .weights, name: name)
            let overwrites = try fields.bool("overwrite") ?? false
            let expires = try expiry(fields)
            let (registry, shelf) = (registry, registry.shelf)
            return { worker in
                let backend = try worker.backend
                try await shelf.write(path, run: worker.run, expires: expires, overwrites: overwrites) {
                    try await backend.save(to: $0)
                }
                if overwrites {
                    await registry.lose(shelf.directory(path), because: "\(path) was written anew since")
                }
                return ByteBuffer(json: ["type": "save_weights", "path": .string(path.description)])
            }
        }
    }

    func loadWeights(_ call: Call) async throws -> Response {
        try await ordered(call) { fields in
            let path = try TinkerPath(parsing: fields.required("path", fields.string("path")))
            let restoresOptimizer = try fields.bool("optimizer") ?? false
            if restoresOptimizer, path.kind != .weights {
                throw RequestProblem.badValue(
                    "\(path) was saved for sampling and has no optimizer; expected a path of save_weights, or "
                        + "optimizer false", parameter: "path")
            }
            let shelf = registry.shelf
            return { worker in
                let directory = try shelf.existing(path)
                let backend = try worker.backend
                if restoresOptimizer {
                    try await backend.load(from: directory)
                } else {
                    try await backend.loadWeights(from: directory)
                }
                return ByteBuffer(json: ["type": "load_weights", "path": .string(path.description)])
            }
        }
    }

    /// What `create_model` should be told before the checkpoint is loaded. `lora_rank` is the one that was asked for.
    func weightsInfo(_ call: Call) async throws -> Response {
        let fields = try call.fields()
        let path = try TinkerPath(parsing: fields.required("tinker_path", fields.string("tinker_path")))
        _ = try registry.shelf.existing(path)
        let run = registry.shelf.run(path.model)
        return Response(
            json: [
                "base_model": .string(run?.baseModel ?? base.name), "is_lora": false,
                "lora_rank": .integer(run?.rank ?? 0),
            ])
    }

    func trainingRuns(_ call: Call) async throws -> Response {
        let limit = try call.query("limit", 20, in: 1...10_000)
        let offset = try call.query("offset", 0, in: 0...Int.max)
        let live = await registry.models.values.sorted {
            ($0.worker.run.created, $0.worker.id) < ($1.worker.run.created, $1.worker.id)
        }.map(\.worker.id)
        let stored = registry.shelf.runs
        let all = stored + live.filter { !stored.contains($0) }
        var runs: [JSONValue] = []
        for id in all.dropFirst(offset).prefix(limit) { runs.append(try await run(id)) }
        return Response(
            json: [
                "training_runs": .array(runs),
                "cursor": [
                    "offset": .integer(offset), "limit": .integer(limit), "total_count": .integer(all.count),
                ],
            ])
    }

    func allCheckpoints(_ call: Call) async throws -> Response {
        let limit = try call.query("limit", 100, in: 1...10_000)
        let offset = try call.query("offset", 0, in: 0...Int.max)
        let all = registry.shelf.runs.flatMap(registry.shelf.list)
        return Response(
            json: [
                "checkpoints": .array(all.dropFirst(offset).prefix(limit).map(\.json)),
                "cursor": [
                    "offset": .integer(offset), "limit": .integer(limit), "total_count": .integer(all.count),
                ],
            ])
    }

    func run(_ id: String) async throws -> JSONValue {
        let live = try? await registry.model(id)
        guard let run = live?.worker.run ?? registry.shelf.run(id) else {
            throw TinkerProblem.missing("training run", id, because: "it left no checkpoint, or never was")
        }
        let checkpoints = registry.shelf.list(id)
        let last = { (kind: TinkerPath.Kind) in checkpoints.last { $0.path.kind == kind }?.json ?? .null }
        let newest = checkpoints.last?.created ?? run.created
        let metadata = JSONObject(
            uniqueKeysWithValues: run.userMetadata.sorted { $0.key < $1.key }.map { ($0, JSONValue.string($1)) })
        return [
            "training_run_id": .string(id), "base_model": .string(run.baseModel), "model_owner": "local",
            "is_lora": false, "lora_rank": nil, "corrupted": false,
            "last_request_time": .string((live?.lastCall ?? newest).iso), "last_checkpoint": last(.weights),
            "last_sampler_checkpoint": last(.sampler),
            "user_metadata": .object(metadata),
        ]
    }
}

extension CheckpointShelf.Checkpoint {
    var json: JSONValue {
        [
            "checkpoint_id": .string(path.checkpointID),
            "checkpoint_type": path.kind == .weights ? "training" : "sampler", "time": .string(created.iso),
            "tinker_path": .string(path.description), "size_bytes": .integer(bytes), "public": false,
            "expires_at": expires.map { .string($0.iso) } ?? .null,
        ]
    }
}

extension Date {
    /// As the SDK reads dates.
    var iso: String { formatted(.iso8601) }
}
