import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetTestSupport

@testable import WhetEngine
@testable import WhetServer

@Suite("Tinker: checkpoints", .timeLimit(.minutes(3)))
struct TinkerCheckpointTests {
    @Test("checkpoints outlive the server, and training goes on from them")
    func restart() async throws {
        try await withTemporaryDirectory { directory in
            var settings = TinkerService.Settings()
            settings.checkpoints = directory
            let data = [WireDatum.random(12, seed: 8).supervised]
            var saved: JSONValue = .null
            var scored: JSONValue?
            try await TestTinker.serving(settings) { server in
                let (_, model) = try await server.model()
                _ = try await server.result("forward_backward", WireDatum.call(model, data, loss: "cross_entropy"))
                _ = try await server.result(
                    "optim_step", ["model_id": model, "adam_params": TinkerTrainingTests.adamJSON])
                saved = try await server.result("save_weights", ["model_id": model, "path": "a.1"])["path"] ?? .null
                scored = try await server.result(
                    "forward", WireDatum.call(model, data, loss: "cross_entropy", key: "forward_input"))
            }
            try await TestTinker.serving(settings) { server in
                let info = try await server.ask("weights_info", ["tinker_path": saved])
                #expect(info["base_model"] == "base")
                let (_, model) = try await server.model()
                _ = try await server.result(
                    "load_weights", ["model_id": model, "path": saved, "optimizer": true])
                #expect(
                    try await server.result(
                        "forward", WireDatum.call(model, data, loss: "cross_entropy", key: "forward_input")) == scored)
                let runs = try JSONValue(parsing: try await server.get("training_runs?limit=1").text)
                #expect(runs["cursor"]?["total_count"] == 2)
                #expect(runs["training_runs"]?[0]?["last_checkpoint"]?["tinker_path"] == saved)
            }
            // Unnamed weights are gone, and nothing half written is left.
            let left = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(left.allSatisfy { $0.hasPrefix("model-") })
        }
    }

    @Test("what there is, archives, time to live, and removing")
    func shelf() async throws {
        try await withTemporaryDirectory { directory in
            var settings = TinkerService.Settings()
            settings.checkpoints = directory
            try await TestTinker.serving(settings) { server in
                let (_, model) = try await server.model()
                let id = try #require(model.string)
                _ = try await server.result("save_weights", ["model_id": model, "path": "one", "ttl_seconds": 3_600])
                _ = try await server.result("save_weights_for_sampler", ["model_id": model, "path": "two"])
                let twice = try await server.settled(
                    try await server.ask("save_weights", ["model_id": model, "path": "one"]))
                #expect(twice["category"] == "user")
                #expect(twice["error"]?.string?.contains("already") == true)
                _ = try await server.result(
                    "save_weights", ["model_id": model, "path": "one", "overwrite": true, "ttl_seconds": 60])
                let list = try JSONValue(parsing: try await server.get("training_runs/\(id)/checkpoints").text)
                let entries = try #require(list["checkpoints"]?.array)
                #expect(Set(entries.map { $0["checkpoint_id"] }) == ["weights/one", "sampler_weights/two"])
                let one = try #require(entries.first { $0["checkpoint_id"] == "weights/one" })
                #expect(one["checkpoint_type"] == "training")
                #expect(one["expires_at"]?.string != nil)
                #expect(try #require(one["size_bytes"]?.integer) > 100_000)
                let ttl = try await server.client.send(
                    HTTPRequest(
                        .put, server.url + "training_runs/\(id)/checkpoints/weights/one/ttl",
                        headers: ["content-type": "application/json"],
                        body: JSONText(["ttl_seconds": nil]).bytes))
                #expect(ttl.status == 200)
                let kept = try JSONValue(parsing: try await server.get("checkpoints").text)
                #expect(kept["checkpoints"]?.array?.allSatisfy { $0["expires_at"]?.isNull ?? true } == true)

                try await archive(server, id, in: directory)

                let removed = try await server.client.send(
                    HTTPRequest(.delete, server.url + "training_runs/\(id)/checkpoints/weights/one"))
                #expect(removed.status == 204)
                let missing = try await server.post(
                    "weights_info", ["tinker_path": .string("tinker://\(id)/weights/one")])
                #expect(missing.status == 400)
                #expect(missing.json["error"]?.string?.contains("sampler_weights/two") == true)
            }
        }
    }

    /// The archive is a tar that tar itself unpacks to the checkpoint's files.
    private func archive(_ server: TestTinker, _ model: String, in directory: URL) async throws {
        let path = "training_runs/\(model)/checkpoints/sampler_weights/two/archive"
        let moved = try await server.client.send(HTTPRequest(.get, server.url + path))
        #expect(moved.status == 302)
        let location = try #require(moved.headers["location"])
        let file = try await server.client.send(HTTPRequest(.get, location))
        #expect(file.status == 200)
        let bytes = Array(file.body)
        let checkpoint = directory.appending(path: "\(model)/sampler_weights/two")
        var found: [String: [UInt8]] = [:]
        var place = 0
        while place + 1_024 < bytes.count {
            let header = bytes[place..<place + 512]
            let name = String(decoding: header.prefix { $0 != 0 }, as: UTF8.self)
            let size = try #require(
                Int(String(decoding: header[(place + 124)..<(place + 135)], as: UTF8.self), radix: 8))
            let blanked = header.enumerated().map { (148..<156).contains($0.offset) ? 32 : Int($0.element) }
            let sum = String(decoding: header[(place + 148)..<(place + 154)], as: UTF8.self)
            #expect(Int(sum, radix: 8) == blanked.reduce(0, +))
            found[name] = Array(bytes[(place + 512)..<(place + 512 + size)])
            place += 512 + (size + 511) / 512 * 512
        }
        #expect(bytes.suffix(1_024).allSatisfy { $0 == 0 } && bytes.count == place + 1_024)
        let names = try FileManager.default.contentsOfDirectory(atPath: checkpoint.path)
        #expect(Set(found.keys) == Set(names))
        for name in names {
            #expect(try Array(Data(contentsOf: checkpoint.appending(path: name))) == found[name])
        }
    }

    @Test("checkpoints expire; sessions that fell silent free their models")
    func tidying() async throws {
        try await withTemporaryDirectory { directory in
            var settings = TinkerService.Settings()
            settings.checkpoints = directory
            settings.threads = 1
            let registry = try TinkerRegistry(
                base: TinkerBase(directory: FixtureFolders.qwen3, name: "base"), settings: settings)
            let session = await registry.createSession(userMetadata: .null)
            let run = CheckpointShelf.Run(baseModel: "base", rank: 0, userMetadata: [:], created: Date())
            let (model, request) = try await registry.createModel(
                session: session, number: 0, fingerprint: 0, run: run)
            let path = try TinkerPath(model: model, kind: .sampler, name: "x")
            _ = await registry.futures.outcome(of: request, patience: .seconds(60))
            let trained = try await registry.model(model).worker.backend.model()
            try await registry.shelf.write(path, run: run, expires: Date(timeIntervalSinceNow: 50)) {
                try trained.write(to: $0)
            }
            // A call that waits for one that never comes.
            let early = try await registry.submit(model, number: 2, fingerprint: 0) { _ in throw CancellationError() }
            await registry.tidy(at: .now + .seconds(200), date: Date(timeIntervalSinceNow: 10))
            #expect(registry.shelf.holds(path))
            #expect(await registry.models.count == 1)
            await registry.tidy(at: .now + .seconds(200), date: Date(timeIntervalSinceNow: 100))
            #expect(!registry.shelf.holds(path))
            try await registry.heartbeat(session)
            await registry.tidy(at: .now + .seconds(301))
            #expect(await registry.models.isEmpty)
            guard case .unknown = await registry.futures.outcome(of: early, patience: .zero) else {
                Issue.record("the session's answers are still there")
                return
            }
            await registry.stop()
        }
    }
}
