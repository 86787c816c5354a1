import Foundation
import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// Models in training, and their calls.
extension TinkerRegistry {
    /// - Throws: `RequestProblem` when there is no such model.
    func model(_ id: String) throws -> LiveModel {
        guard let model = models[id] else {
            throw TinkerProblem.missing(
                "model", id, because: "it was unloaded, its session ended, or it is of a server before this one")
        }
        return model
    }

    /// Takes a call of a model; it is carried out in its turn.
    ///
    /// - Parameters:
    ///   - number: its `seq_id`.
    ///   - fingerprint: of what was sent, to know a repeated call by.
    /// - Returns: the id of the answer.
    /// - Throws: `RequestProblem` when there is no such model, or the number was taken by another call.
    func submit(
        _ id: String, number: Int?, fingerprint: Int, work: @escaping ModelWorker.Work
    ) throws -> String {
        let model = try model(id)
        try sign(of: model.worker.session)
        if let number {
            if let earlier = model.taken[number] {
                guard earlier.fingerprint == fingerprint else { throw TinkerProblem.reused(number) }
                return earlier.request
            }
            guard model.order.isFree(number) else { throw TinkerProblem.reused(number) }
        }
        let request = futures.open(session: model.worker.session)
        arrive(id, .init(request: request, work: work), number: number)
        if let number {
            models[id]?.taken[number] = Repeatable(fingerprint: fingerprint, request: request, model: id)
        }
        return request
    }

    /// The turn of a call that was refused passes, so that those after it are not held up.
    func refuse(_ id: String, number: Int?) {
        guard let number, number > 0, models[id] != nil else { return }
        arrive(id, nil, number: number)
    }

    private func arrive(_ id: String, _ call: ModelWorker.Call?, number: Int?) {
        guard var model = models[id] else { return }
        let due = model.order.arrive(call, number: number)
        model.lastCall = Date()
        model.waitingSince = model.order.isWaiting ? (due.isEmpty ? model.waitingSince ?? .now : .now) : nil
        models[id] = model
        model.worker.carryOut(due)
    }

    /// Begins a model in training.
    ///
    /// - Returns: its id, and that of the answer.
    /// - Throws: `RequestProblem` when there is no such session, or no room.
    func createModel(
        session: String, number: Int?, fingerprint: Int, run: CheckpointShelf.Run
    ) async throws -> (model: String, request: String) {
        if let earlier = try repeatedModel(session, number, fingerprint) { return earlier }
        await makeRoom()
        // Once more: another call, perhaps the same one, may have come meanwhile.
        if let earlier = try repeatedModel(session, number, fingerprint) { return earlier }
        guard !isStopped, models.count < settings.maximumModels else {
            throw RequestProblem.badValue(
                "\(models.count) models are in training already, and each takes some "
                    + TinkerProblem.megabytes(TinkerService.trainingBytes * base.parameterCount)
                    + "; unload_model one, wait until a session that is silent ends, or start the server with a larger "
                    + "--models", parameter: nil, code: "too_many_models")
        }
        let id = TinkerName.new("model")
        let worker = ModelWorker(id: id, session: session, run: run, futures: futures)
        models[id] = LiveModel(worker: worker)
        sessions[session]?.models.append(id)
        let request = futures.open(session: session)
        let (base, settings) = (base, settings)
        worker.carryOut([
            .init(request: request) { worker in
                worker.begin(
                    EmbeddedBackend(
                        model: base.model,
                        settings: .init(threads: settings.threads, microBatchTokens: settings.microBatchTokens),
                        tokenizer: base.directory))
                return ByteBuffer(json: ["type": "create_model", "model_id": .string(worker.id)])
            }
        ])
        if let number {
            sessions[session]?.modelRequests[number] = Repeatable(
                fingerprint: fingerprint, request: request, model: id)
        }
        log(
            "model \(id): all \(base.parameterCount) weights are trained"
                + (run.rank > 0 ? ", not a LoRA adapter of rank \(run.rank)" : ""))
        return (id, request)
    }

    private func repeatedModel(
        _ session: String, _ number: Int?, _ fingerprint: Int
    ) throws -> (model: String, request: String)? {
        try sign(of: session)
        guard let number, let earlier = sessions[session]?.modelRequests[number] else { return nil }
        guard earlier.fingerprint == fingerprint else { throw TinkerProblem.reused(number) }
        return (earlier.model, earlier.request)
    }

    /// Where there is no room, a session that has missed six of the SDK's heartbeats goes, the longest silent first:
    /// programs that end do not say so.
    private func makeRoom() async {
        let now = ContinuousClock.now
        while models.count >= settings.maximumModels {
            let silent = sessions.filter { session in
                now - session.value.lastSign > .seconds(60) && session.value.models.contains { models[$0] != nil }
            }
            guard let longest = silent.min(by: { $0.value.lastSign < $1.value.lastSign }) else { return }
            log("session \(longest.key) ends: it has been silent for a minute, and its models' room is wanted")
            await endSession(longest.key)
        }
    }

    /// Ends a model once what was called before is done.
    func unload(_ id: String, fingerprint: Int) throws -> String {
        try submit(id, number: nil, fingerprint: fingerprint) { [weak self] worker in
            // Not awaited: it waits for this very call to end.
            Task { await self?.endModel(worker.id) }
            return ByteBuffer(json: ["type": "unload_model", "model_id": .string(worker.id)])
        }
    }
}
