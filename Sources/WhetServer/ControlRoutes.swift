import Foundation
import Hummingbird
import WhetCore
import WhetEngine
import WhetServing

/// What is not sampling: aborts, weights, tokens, and questions about the server.
extension ServerRoutes {
    func abortRequest(_ call: Call) async throws -> Response {
        let fields = try RequestFields(parsing: call.body)
        let all = try fields.bool("abort_all") ?? false
        let id = try fields.string("rid") ?? ""
        guard all || !id.isEmpty else {
            throw RequestProblem.badValue(
                "neither rid nor abort_all is there; expected the id of a request, or \"abort_all\": true",
                parameter: "rid", code: "missing_parameter")
        }
        return Response(json: ["aborted": .integer(await model.engine.abort(all ? .all : .id(id)))])
    }

    func updateWeights(_ call: Call) async throws -> Response {
        let fields = try RequestFields(parsing: call.body)
        let path = try fields.required("model_path", fields.string("model_path"))
        let version = try weightVersion(fields) ?? model.engine.statistics.version.next
        do {
            try await model.engine.update(from: URL(filePath: path, directoryHint: .isDirectory), version: version)
        } catch let error as WhetError {
            return Response(
                status: .badRequest,
                json: [
                    "success": false,
                    "message": .string("the old weights stay: \(error.place.map { "\($0): " } ?? "")\(error.sentence)"),
                ])
        }
        return Response(json: ["success": true, "message": .string("weight version \(version) is in place")])
    }

    /// A whole number, as text or as a number.
    private func weightVersion(_ fields: RequestFields) throws -> PolicyVersion? {
        guard let view = fields.view("weight_version") else { return nil }
        let value = view.value
        if value.isNull { return nil }
        guard let number = value.integer ?? value.string.flatMap({ Int($0) }), number >= 0 else {
            throw RequestProblem.badValue(
                "weight_version is \(value.excerpt); expected a whole number from 0 up", parameter: "weight_version")
        }
        return PolicyVersion(number)
    }

    func tokenize(_ call: Call) throws -> Response {
        let fields = try RequestFields(parsing: call.body)
        let tokens: [Int32]
        if let text = try fields.string("prompt") ?? fields.string("text") {
            tokens = model.tokenizer.encode(text, addSpecialTokens: try fields.bool("add_special_tokens") ?? true)
        } else if fields.view("messages") != nil {
            tokens = try chatPrompt(fields)
        } else {
            throw RequestProblem.badValue(
                "neither prompt nor messages is there; expected a text or a conversation", parameter: "prompt",
                code: "missing_parameter")
        }
        var text = JSONText()
        text.append(raw: #"{"count":\#(tokens.count),"max_model_len":\#(model.engine.context),"tokens":"#)
        text.append(tokens)
        text.append(raw: "}")
        return Response(text: text)
    }

    func detokenize(_ call: Call) throws -> Response {
        let fields = try RequestFields(parsing: call.body)
        let tokens = try fields.required("tokens", fields.tokens("tokens"))
        let text = model.tokenizer.decode(tokens, skipSpecialTokens: try fields.bool("skip_special_tokens") ?? false)
        return Response(json: ["prompt": .string(text), "text": .string(text)])
    }

    func models() -> Response {
        Response(
            json: [
                "object": "list",
                "data": [
                    [
                        "id": .string(model.name), "object": "model", "created": .integer(started), "owned_by": "whet",
                        "root": .string(model.directory?.path ?? model.name), "parent": nil,
                        "max_model_len": .integer(model.engine.context),
                    ]
                ],
            ])
    }

    func modelInfo() -> Response {
        Response(
            json: [
                "model_path": .string(model.directory?.path ?? model.name),
                "tokenizer_path": .string(model.directory?.path ?? model.name), "is_generation": true,
                "served_model_name": .string(model.name),
                "weight_version": .string("\(model.engine.statistics.version)"),
                "context_length": .integer(model.engine.context), "vocab_size": .integer(model.engine.vocabularySize),
            ])
    }

    func weightVersion() -> Response {
        Response(json: ["weight_version": .string("\(model.engine.statistics.version)")])
    }
}
