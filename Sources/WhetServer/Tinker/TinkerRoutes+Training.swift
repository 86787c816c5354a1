import Foundation
import Hummingbird
import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// Models in training.
extension TinkerRoutes {
    func createModel(_ call: Call) async throws -> Response {
        let fields = try call.fields()
        let session = try fields.required("session_id", fields.string("session_id"))
        let name = try fields.required("base_model", fields.string("base_model"))
        try checkBase(name)
        let rank = try fields.object("lora_config")?.integer("rank", in: 0...Int.max) ?? 0
        let run = CheckpointShelf.Run(
            baseModel: base.name, rank: rank, userMetadata: try metadata(fields), created: Date())
        let made = try await registry.createModel(
            session: session, number: fields.integer("model_seq_id", in: 0...Int.max), fingerprint: call.fingerprint,
            run: run)
        return accepted(made.request, model: made.model)
    }

    private func metadata(_ fields: RequestFields) throws -> [String: String] {
        guard try fields.object("user_metadata") != nil else { return [:] }
        let object = fields.view("user_metadata")?.value.object ?? [:]
        return Dictionary(uniqueKeysWithValues: object.elements.map { ($0.key, $0.value.string ?? $0.value.text()) })
    }

    /// - Throws: `RequestProblem` for another model than the one that is served.
    func checkBase(_ name: String) throws {
        guard !base.isCalled(name) else { return }
        throw RequestProblem(
            status: .badRequest,
            message: "the model \"\(name)\" is not served here; expected \"\(base.name)\", which this server was "
                + "started with", type: "invalid_request_error", parameter: "base_model", code: "model_not_found")
    }

    func info(_ call: Call) async throws -> Response {
        let fields = try call.fields()
        let model = try await registry.model(fields.required("model_id", fields.string("model_id")))
        return Response(
            json: [
                "type": "get_info", "model_id": .string(model.worker.id), "model_name": .string(base.name),
                "is_lora": false, "lora_rank": nil,
                "model_data": [
                    "arch": base.architecture.map(JSONValue.string) ?? .null, "model_name": .string(base.name),
                    "tokenizer_id": .string(base.name),
                ],
            ])
    }

    func unload(_ call: Call) async throws -> Response {
        let fields = try call.fields()
        let id = try fields.required("model_id", fields.string("model_id"))
        return accepted(try await registry.unload(id, fingerprint: call.fingerprint), model: id)
    }

    func forward(_ call: Call) async throws -> Response {
        try await ordered(call) { fields in
            let input = try fields.required("forward_input", fields.object("forward_input"))
            let batch = try TinkerBatch(input, limits: limits)
            return { try await batch.forward($0.backend) }
        }
    }

    func forwardBackward(_ call: Call) async throws -> Response {
        try await ordered(call) { fields in
            let input = try fields.required("forward_backward_input", fields.object("forward_backward_input"))
            let batch = try TinkerBatch(input, limits: limits)
            return { try await batch.forwardBackward($0.backend) }
        }
    }

    func optimizerStep(_ call: Call) async throws -> Response {
        try await ordered(call) { fields in
            let parameters = try AdamParameters(fields.required("adam_params", fields.object("adam_params")))
            return { try await parameters.step($0.backend) }
        }
    }

    /// A call of a model, carried out in the order of `seq_id`.
    ///
    /// - Parameter read: what is to be done, by the request's fields.
    func ordered(_ call: Call, _ read: (RequestFields) throws -> ModelWorker.Work) async throws -> Response {
        let fields = try call.fields()
        let id = try fields.required("model_id", fields.string("model_id"))
        let number = try fields.integer("seq_id", in: 1...Int.max)
        // First of all: whoever asks for a model that is not there has no use for the mistakes of the rest.
        _ = try await registry.model(id)
        let work: ModelWorker.Work
        do { work = try read(fields) } catch {
            await registry.refuse(id, number: number)
            throw error
        }
        let request = try await registry.submit(id, number: number, fingerprint: call.fingerprint, work: work)
        return accepted(request, model: id)
    }
}
