import Foundation
import Hummingbird
import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// What is sampled from, and samples.
extension TinkerRoutes {
    func createSamplingSession(_ call: Call) async throws -> Response {
        let fields = try call.fields()
        let session = try fields.required("session_id", fields.string("session_id"))
        let number = try fields.integer("sampling_session_seq_id", in: 0...Int.max)
        let (source, path) = try await source(fields)
        let id = try await registry.createSampler(session: session, number: number, source: source, path: path)
        return Response(json: ["type": "create_sampling_session", "sampling_session_id": .string(id)])
    }

    /// The weights that a request names: a checkpoint, or the base model.
    ///
    /// - Throws: `RequestProblem` or `WhetError` when there are none of that name.
    private func source(_ fields: RequestFields) async throws -> (SamplerPool.Source, TinkerPath?) {
        if let text = try fields.string("model_path") {
            let path = try TinkerPath(parsing: text)
            return (.directory(try registry.shelf.existing(path)), path)
        }
        guard let name = try fields.string("base_model") else {
            throw RequestProblem.badValue(
                "neither model_path nor base_model is there; expected the path that save_weights_for_sampler "
                    + "answered, or \"\(base.name)\"", parameter: "model_path", code: "missing_parameter")
        }
        try checkBase(name)
        return (.base, nil)
    }

    func sample(_ call: Call) async throws -> Response {
        let fields = try call.fields()
        let sampler = try fields.string("sampling_session_id")
        if let sampler { _ = try await registry.sampler(sampler) }
        let sampling = try SamplingCall(fields, limits: limits)
        if let sampler {
            let number = try fields.integer("seq_id", in: 0...Int.max)
            return accepted(
                try await registry.sample(sampler, number: number, fingerprint: call.fingerprint, sampling))
        }
        return accepted(try await registry.sample(try await source(fields).0, session: "", sampling))
    }

    func saveForSampler(_ call: Call) async throws -> Response {
        try await ordered(call) { fields in
            let name = try fields.string("path")
            let number = try fields.integer("sampling_session_seq_id", in: 0...Int.max)
            let expires = try expiry(fields)
            let id = try fields.required("model_id", fields.string("model_id"))
            let path = try name.map { try TinkerPath(model: id, kind: .sampler, name: $0) }
            let (registry, base) = (registry, base)
            return { worker in
                let model = try await worker.backend.model()
                let write = { @Sendable (directory: URL) async throws in
                    try await Blocking.run { try model.write(to: directory, tokenizer: base.directory) }
                }
                guard let path else {
                    let folder = registry.snapshotFolder.appending(
                        path: TinkerName.new("weights"), directoryHint: .isDirectory)
                    try await write(folder)
                    await registry.keep(snapshot: folder, session: worker.session)
                    let sampler = try await registry.createSampler(
                        session: worker.session, number: number, source: .directory(folder), path: nil)
                    return ByteBuffer(
                        json: [
                            "type": "save_weights_for_sampler", "path": nil, "sampling_session_id": .string(sampler),
                        ])
                }
                try await registry.shelf.write(path, run: worker.run, expires: expires, write)
                let sampler: JSONValue =
                    if let number {
                        .string(
                            try await registry.createSampler(
                                session: worker.session, number: number,
                                source: .directory(registry.shelf.directory(path)), path: path))
                    } else { .null }
                return ByteBuffer(
                    json: [
                        "type": "save_weights_for_sampler", "path": .string(path.description),
                        "sampling_session_id": sampler,
                    ])
            }
        }
    }

    /// When a checkpoint with `ttl_seconds` expires.
    func expiry(_ fields: RequestFields) throws -> Date? {
        try fields.integer("ttl_seconds", in: 1...Int(Int32.max)).map { Date(timeIntervalSinceNow: Double($0)) }
    }
}
