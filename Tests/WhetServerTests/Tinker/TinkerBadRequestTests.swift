import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetEngine
@testable import WhetServer

@Suite("Tinker: questions and bad requests", .timeLimit(.minutes(3)))
struct TinkerBadRequestTests {
    @Test("what the SDK asks first, and of a model")
    func questions() async throws {
        try await TestTinker.serving { server in
            #expect(try await server.get("healthz").text == #"{"status":"ok"}"#)
            let config = try await server.ask("client/config", ["sdk_version": "0.22.0"])
            #expect(config["proto_write_fwdbwd"] == false)
            let capabilities = try JSONValue(parsing: try await server.get("get_server_capabilities").text)
            #expect(capabilities == ["supported_models": [["model_name": "base", "max_context_length": 256]]])
            #expect(try await server.ask("telemetry", ["events": []]) == ["status": "accepted"])
            let (session, model) = try await server.model(rank: 32)
            #expect(try await server.ask("session_heartbeat", ["session_id": session]) == ["type": "session_heartbeat"])
            let info = try await server.ask("get_info", ["model_id": model])
            #expect(info["is_lora"] == false)
            #expect(info["lora_rank"]?.isNull == true)
            #expect(info["model_data"]?["arch"] == "Qwen3ForCausalLM")
            let id = try #require(session.string)
            let known = try JSONValue(parsing: try await server.get("sessions/\(id)").text)
            #expect(known["training_run_ids"] == [model])
            let run = try JSONValue(parsing: try await server.get("training_runs/\(model.string ?? "")").text)
            #expect(run["is_lora"] == false)
            #expect(run["last_checkpoint"]?.isNull == true)
            #expect(try JSONValue(parsing: try await server.get("sessions").text)["sessions"] == [session])
            let unloaded = try await server.result("unload_model", ["model_id": model])
            #expect(unloaded["type"] == "unload_model")
        }
    }

    @Test("without a name, the model is called by its path")
    func path() async throws {
        try await TestTinker.serving(name: nil) { server in
            let capabilities = try JSONValue(parsing: try await server.get("get_server_capabilities").text)
            let name = try #require(capabilities["supported_models"]?[0]?["model_name"]?.string)
            #expect(URL(filePath: name).standardizedFileURL.path == FixtureFolders.qwen3.standardizedFileURL.path)
            let session = try await server.session()
            for (number, name) in [name, "qwen3", name + "/"].enumerated() {
                _ = try await server.result(
                    "create_model",
                    ["session_id": session, "model_seq_id": .integer(number), "base_model": .string(name)])
            }
        }
    }

    @Test("a key is asked for where there is one")
    func key() async throws {
        var settings = TinkerService.Settings()
        settings.key = "tml-secret"
        try await TestTinker.serving(settings) { server in
            #expect(try await server.get("healthz").status == 200)
            let refused = try await server.post("create_session", ["tags": []])
            #expect(refused.status == 401)
            #expect(refused.json["error"]?.string?.contains("X-API-Key") == true)
            for headers: HTTPHeaders in [["x-api-key": "tml-secret"], ["authorization": "Bearer tml-secret"]] {
                let reply = try await server.client.send(
                    HTTPRequest(.get, server.url + "get_server_capabilities", headers: headers))
                #expect(reply.status == 200)
            }
        }
    }

    @Test("so many models and no more; a model that ends makes room")
    func models() async throws {
        var settings = TinkerService.Settings()
        settings.maximumModels = 1
        try await TestTinker.serving(settings) { server in
            let (session, model) = try await server.model()
            let body: JSONValue = ["session_id": session, "model_seq_id": 1, "base_model": "base"]
            let full = try await server.post("create_model", body)
            #expect(full.status == 400)
            #expect(full.json["error"]?.string?.contains("1 models are in training already") == true)
            _ = try await server.result("unload_model", ["model_id": model])
            var status = 400
            while status == 400 { status = try await server.post("create_model", body).status }
            #expect(status == 200)
            let gone = try await server.post("optim_step", ["model_id": model, "adam_params": [:]])
            #expect(gone.status == 404)
        }
    }

    @Test("calls that cannot be right are refused in words, and hold up nothing")
    func refusals() async throws {
        try await TestTinker.serving { server in
            let (session, model) = try await server.model()
            let good = WireDatum.random(5, seed: 1)
            var short = good.supervised
            short.weights = [1, 2]
            var foreign = good.supervised
            foreign.targets = [1, 2, 3, 4, 640]
            var number = 0
            func call(_ data: [WireDatum], _ loss: String, config: JSONValue = .null) -> JSONValue {
                number += 1
                return WireDatum.call(model, data, loss: loss, config: config, number: number)
            }
            func raw(_ input: JSONValue) -> JSONValue {
                number += 1
                return ["model_id": model, "forward_backward_input": input, "seq_id": .integer(number)]
            }
            func datum(_ chunks: JSONValue, _ inputs: JSONValue) -> JSONValue {
                ["data": [["model_input": ["chunks": chunks], "loss_fn_inputs": inputs]], "loss_fn": "cross_entropy"]
            }
            let text: JSONValue = [["type": "encoded_text", "tokens": [1, 2]]]
            let long = WireDatum(tokens: [Int32](repeating: 1, count: 300))
            let cases: [(JSONValue, String)] = [
                (call([good.supervised], "cross_entropi"), "did you mean \"cross_entropy\""),
                (call([good.supervised], "dro"), "no such objective"),
                (call([good], "cross_entropy"), "is nothing that cross_entropy reads"),
                (call([good.supervised], "ppo"), "advantages is missing"),
                (call([good], "ppo", config: ["clip_low_threshold": 1.5]), "a ratio from 0 to 1"),
                (call([good], "ppo", config: ["clip_high": 1.5]), "clip_high_threshold"),
                (call([good.supervised], "cross_entropy", config: ["beta": 1]), "has no settings"),
                (call([short], "cross_entropy"), "has 2 numbers, and model_input 5 tokens"),
                (call([foreign], "cross_entropy"), "expected ids from 0 to 639"),
                (call([long], "cross_entropy"), "has 299 tokens; expected at most 256"),
                (call([], "cross_entropy"), "data is empty"),
                (raw([:]), "loss_fn is missing"),
                (raw(["data": [], "loss_fn": 3]), "expected a text"),
                (raw(datum([], [:])), "has no tokens"),
                (raw(datum([["type": "image", "data": ""]], [:])), "text alone"),
                (raw(datum([["tokens": [1.5]]], [:])), "a list of token ids"),
                (raw(datum(text, [:])), "target_tokens is missing"),
                (raw(datum(text, ["target_tokens": ["data": [1, "x"]]])), "[1] is \"x\"; expected a number"),
                (raw(datum(text, ["target_tokens": ["data": [1, 2.5]]])), "has 2.5"),
                (
                    raw(datum(text, ["target_tokens": ["data": [1, 2]], "weights": ["data": [1, 1e300]]])),
                    "[1] is 1e+300"
                ),
                (raw(datum(text, ["target_tokens": ["data": [1, 2, 3, 4], "shape": [2, 2]]])), "expected [2]"),
                (
                    raw(datum(text, ["target_tokens": ["data": [1], "sparse_crow_indices": [0, 1]]])), "is sparse"
                ),
                (raw(datum(text, ["target_tokens": 3])), "expected an object"),
            ]
            for (body, words) in cases {
                let reply = try await server.post("forward_backward", body)
                #expect(reply.status == 400, "\(words)")
                let sentence = reply.json["error"]?.string ?? ""
                #expect(sentence.contains(words), "\(sentence)")
            }
            number += 1
            let empty = try await server.settled(
                try await server.ask(
                    "optim_step", ["model_id": model, "seq_id": .integer(number), "adam_params": [:]]))
            #expect(empty["error"]?.string?.contains("no gradient waits") == true)
            #expect(empty["category"] == "user")
            for (key, value) in [
                ("learning_rate", -1.0), ("learning_rate", 1e300), ("beta1", 1), ("eps", 0), ("grad_clip_norm", -1),
            ] {
                let reply = try await server.post(
                    "optim_step", ["model_id": model, "adam_params": [key: .number(value)]])
                #expect(reply.status == 400)
                #expect(reply.json["error"]?.string?.contains("adam_params.\(key)") == true)
            }
            let others: [(String, JSONValue, Int, String)] = [
                ("create_model", ["session_id": session, "base_model": "other"], 400, "is not served here"),
                ("create_model", ["session_id": "none", "base_model": "base"], 404, "there is no session"),
                ("create_model", ["base_model": "base"], 400, "session_id is missing"),
                ("session_heartbeat", ["session_id": "none"], 404, "there is no session"),
                ("forward_backward", ["model_id": "none"], 404, "there is no model"),
                ("forward", ["model_id": model, "seq_id": 0], 400, "expected at least 1"),
                ("retrieve_future", ["request_id": "none"], 404, "there is no request"),
                ("retrieve_future", ["request_id": 3], 400, "expected a text"),
                ("load_weights", ["model_id": model, "path": "x"], 400, "is no path of a checkpoint"),
                (
                    "load_weights", ["model_id": model, "path": "tinker://a/sampler_weights/b", "optimizer": true], 400,
                    "has no optimizer"
                ),
                ("save_weights", ["model_id": model, "path": "../x"], 400, "is no name of a checkpoint"),
                ("save_weights", ["model_id": model, "path": "x", "ttl_seconds": 0], 400, "ttl_seconds"),
                ("weights_info", ["tinker_path": "tinker://a/weights/b"], 400, "there is no checkpoint"),
                ("create_sampling_session", ["session_id": session], 400, "neither model_path nor base_model"),
                ("asample", ["sampling_session_id": "none"], 404, "there is no sampling session"),
                ("asample", ["base_model": "base", "prompt": ["chunks": text]], 400, "sampling_params is missing"),
                ("create_modell", [:], 404, "/api/v1/create_model"),
                ("training_runs/none", [:], 405, "takes GET"),
            ]
            for (path, body, status, words) in others {
                let reply = try await server.post(path, body)
                #expect(reply.status == status, "\(path) \(reply.json.text())")
                #expect(reply.json["error"]?.string?.contains(words) == true, "\(path) \(reply.json.text())")
            }
            for parameters: JSONValue in [
                ["temperature": -1], ["top_p": 0], ["top_k": 1.5], ["max_tokens": 0], ["stop": [1, "a"]],
                ["stop": [""]],
                ["stop": [640]], ["seed": "a"],
            ] {
                let reply = try await server.post(
                    "asample", ["base_model": "base", "prompt": ["chunks": text], "sampling_params": parameters])
                #expect(reply.status == 400, "\(parameters.text())")
            }
            #expect(try await server.post("forward", raw: Array("{".utf8)).status == 400)
            #expect(try await server.post("forward", raw: Array("[]".utf8)).status == 400)
            #expect(try await server.get("training_runs/none").status == 404)
            #expect(try await server.get("training_runs?limit=x").status == 400)
            #expect(try await server.get("archives/none").status == 404)
            #expect(try await server.get("../../etc/passwd").status == 404)
            for headers: HTTPHeaders in [["content-encoding": "gzip"], ["content-type": "application/x-protobuf"]] {
                let reply = try await server.client.send(
                    HTTPRequest(.post, server.url + "forward_backward", headers: headers, body: [1, 2]))
                #expect(reply.status == 415)
            }
            let missing = try await server.settled(
                try await server.ask(
                    "load_weights", ["model_id": model, "path": "tinker://a/weights/b", "optimizer": false]))
            #expect(missing["error"]?.string?.contains("there is no checkpoint") == true)
            // After all that, it trains.
            let last = try await server.result(
                "forward_backward", WireDatum.call(model, [good.supervised], loss: "cross_entropy", number: number + 1))
            #expect(last["loss_fn_outputs"]?.array?.count == 1)
        }
    }
}
