import Foundation
import Hummingbird
import NIOCore
import WhetCore
import WhetServing

/// Sessions, answers, and what the server is.
extension TinkerRoutes {
    /// Flags of the SDK: JSON throughout, the key as it is. Its newer transport follows redirects by itself, and the
    /// SDK then takes an archive for an error; the older one doesn't.
    func clientConfig(_ call: Call) -> Response {
        Response(
            json: [
                "pjwt_auth_enabled": false, "credential_default_source": "api_key", "parallel_fwdbwd_chunks": true,
                "proto_write_fwdbwd": false, "enable_grpc_retrieve_future": false,
                "use_pyqwest_transport": false,
            ])
    }

    func capabilities(_ call: Call) -> Response {
        Response(
            json: [
                "supported_models": [
                    ["model_name": .string(base.name), "max_context_length": .integer(base.context)]
                ]
            ])
    }

    func createSession(_ call: Call) async throws -> Response {
        let fields = try call.fields()
        _ = try fields.strings("tags")
        _ = try fields.string("sdk_version")
        let metadata = try fields.object("user_metadata") == nil ? .null : fields.view("user_metadata")?.value ?? .null
        let id = await registry.createSession(userMetadata: metadata)
        return Response(
            json: [
                "type": "create_session", "session_id": .string(id), "info_message": nil, "error_message": nil,
                "warning_message": .string(
                    "whet trains all weights of \(base.name), not LoRA adapters: ranks have no effect, and learning "
                        + "rates for LoRA are too high"),
            ])
    }

    func heartbeat(_ call: Call) async throws -> Response {
        let fields = try call.fields()
        try await registry.heartbeat(fields.required("session_id", fields.string("session_id")))
        return Response(json: ["type": "session_heartbeat"])
    }

    func sessions(_ call: Call) async throws -> Response {
        let limit = try call.query("limit", 20, in: 1...10_000)
        let offset = try call.query("offset", 0, in: 0...Int.max)
        let all = await registry.sessions.sorted { ($0.value.created, $0.key) < ($1.value.created, $1.key) }.map(\.key)
        return Response(json: ["sessions": .array(all.dropFirst(offset).prefix(limit).map(JSONValue.string))])
    }

    /// Waits for an answer. One that failed comes with status 200 and the member `error`, as from the service itself.
    func retrieve(_ call: Call) async throws -> Response {
        let fields = try call.fields()
        let id = try fields.required("request_id", fields.string("request_id"))
        if let session = registry.futures.session(of: id) { try? await registry.sign(of: session) }
        switch await registry.futures.outcome(of: id, patience: settings.retrievalPatience) {
        case .settled(.done(let json)):
            return Response(
                status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: json))
        case .settled(.failed(let failure)): return Response(json: failure.json)
        case .pending:
            return Response(
                status: .requestTimeout,
                json: ["type": "try_again", "request_id": .string(id), "queue_state": "active"])
        case .unknown:
            throw TinkerProblem.missing(
                "request", id, because: "it never was, its session ended, or its answer was let go of")
        }
    }

    /// The answer of a call that takes its time.
    func accepted(_ request: String, model: String? = nil) -> Response {
        var json: JSONObject = ["request_id": .string(request)]
        if let model { json["model_id"] = .string(model) }
        return Response(json: .object(json))
    }
}
