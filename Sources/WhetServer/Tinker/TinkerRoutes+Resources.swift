import Foundation
import Hummingbird
import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// Paths that name something: sessions, samplers, runs, their checkpoints.
extension TinkerRoutes {
    /// - Returns: nil for a path that is none of these.
    func resource(_ call: Call) async throws -> Response? {
        let (request, path) = (call.request, call.path)
        switch (path.first, path.count) {
        case ("sessions", 2):
            try request.require(.get)
            return try await session(path[1])
        case ("samplers", 2):
            try request.require(.get)
            return try await sampler(path[1])
        case ("archives", 2):
            try request.require(.get)
            return try await download(path[1])
        case ("training_runs", 2):
            try request.require(.get)
            return Response(json: try await run(path[1]))
        case ("training_runs", 3...) where path[2] == "checkpoints", ("models", 3...) where path[2] == "checkpoints":
            return try await checkpoints(call, run: path[1], rest: Array(path[3...]))
        default: return nil
        }
    }

    private func session(_ id: String) async throws -> Response {
        guard let session = await registry.sessions[id] else {
            throw TinkerProblem.missing("session", id, because: "it has ended, or never was")
        }
        let samplers = await registry.samplers.filter { $0.value.session == id }.keys.sorted()
        return Response(
            json: [
                "training_run_ids": .array(session.models.map(JSONValue.string)),
                "sampler_ids": .array(samplers.map(JSONValue.string)),
            ])
    }

    private func sampler(_ id: String) async throws -> Response {
        let sampler = try await registry.sampler(id)
        return Response(
            json: [
                "sampler_id": .string(id), "base_model": .string(base.name),
                "model_path": sampler.path.map { .string($0.description) } ?? .null,
            ])
    }

    /// `…/checkpoints`, `…/checkpoints/KIND/NAME`, and what can be done with one: `archive`, `ttl`.
    private func checkpoints(_ call: Call, run: String, rest: [String]) async throws -> Response? {
        let request = call.request
        if rest.isEmpty {
            try request.require(.get)
            // A run that has none yet, or is not known, is told apart.
            _ = try await self.run(run)
            return Response(json: ["checkpoints": .array(registry.shelf.list(run).map(\.json))])
        }
        switch rest.last {
        case "archive":
            try request.require(.get)
            let path = try checkpoint(run, rest.dropLast())
            _ = try registry.shelf.existing(path)
            let secret = await registry.openArchive(path)
            let host = request.head.authority ?? "\(settings.host):\(settings.port)"
            return Response(
                status: .found,
                headers: [.location: "http://\(host)/api/v1/archives/\(secret)"])
        case "ttl":
            try request.require(.put)
            let path = try checkpoint(run, rest.dropLast())
            _ = try registry.shelf.existing(path)
            try registry.shelf.setExpiry(of: path, to: expiry(call.fields()))
            return Response(json: ["status": "ok"])
        case "publish":
            throw RequestProblem.badValue(
                "checkpoints of this server cannot be published: whoever has its key can read them all",
                parameter: nil, code: "unsupported")
        default:
            try request.require(.delete)
            let path = try checkpoint(run, rest[...])
            try registry.shelf.remove(path)
            await registry.lose(registry.shelf.directory(path), because: "\(path) was removed")
            return Response(status: .noContent)
        }
    }

    /// `weights/NAME`, `sampler_weights/NAME`, or a name alone, where sampler weights go first.
    private func checkpoint(_ run: String, _ parts: some Collection<String>) throws -> TinkerPath {
        let parts = Array(parts)
        if parts.count == 2, let kind = TinkerPath.Kind(rawValue: parts[0]) {
            return try TinkerPath(model: run, kind: kind, name: parts[1])
        }
        guard parts.count == 1 else {
            throw RequestProblem.badValue(
                "\"\(parts.joined(separator: "/"))\" is no checkpoint; expected weights/NAME or sampler_weights/NAME",
                parameter: "checkpoint_id")
        }
        let sampler = try TinkerPath(model: run, kind: .sampler, name: parts[0])
        return registry.shelf.holds(sampler) ? sampler : try TinkerPath(model: run, kind: .weights, name: parts[0])
    }

    private func download(_ secret: String) async throws -> Response {
        guard let path = await registry.archive(secret) else {
            throw TinkerProblem.missing("archive", secret, because: "its address is good for two hours")
        }
        let archive = try TarArchive(directory: registry.shelf.existing(path))
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/x-tar",
                .contentDisposition: "attachment; filename=\"\(path.model)-\(path.name).tar\"",
            ],
            body: ResponseBody(contentLength: archive.count) { writer in
                try await archive.write { try await writer.write($0) }
                try await writer.finish(nil)
            })
    }
}

extension TinkerRegistry {
    /// An address under which whoever knows it gets a checkpoint, for two hours.
    func openArchive(_ path: TinkerPath) -> String {
        let secret = TinkerName.new("archive") + TinkerName.new("")
        archives[secret] = (path, .now + .seconds(7_200))
        return secret
    }

    func archive(_ secret: String) -> TinkerPath? { archives[secret]?.path }
}
