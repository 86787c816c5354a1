import Foundation
import NIOCore
import WhetCore
import WhetEngine
import WhetServing

/// What is sampled from.
extension TinkerRegistry {
    /// - Parameter number: the client's own number of it; the same again gives the same id.
    func createSampler(
        session: String, number: Int?, source: SamplerPool.Source, path: TinkerPath?
    ) throws -> String {
        try sign(of: session)
        if let number, let earlier = sessions[session]?.samplers[number] { return earlier }
        let id = TinkerName.new("sampler")
        samplers[id] = LiveSampler(session: session, source: source, path: path)
        if let number { sessions[session]?.samplers[number] = id }
        return id
    }

    /// - Throws: `RequestProblem` when there is none, or its weights are gone.
    func sampler(_ id: String) throws -> LiveSampler {
        guard let sampler = samplers[id] else {
            throw TinkerProblem.missing(
                "sampling session", id, because: "its session ended, or it is of a server before this one")
        }
        if let reason = sampler.loss { throw TinkerProblem.missing("sampling session", id, because: reason) }
        return sampler
    }

    /// Samples from a sampling session.
    ///
    /// - Returns: the id of the answer.
    func sample(_ id: String, number: Int?, fingerprint: Int, _ call: SamplingCall) throws -> String {
        let sampler = try sampler(id)
        try sign(of: sampler.session)
        if let number, let earlier = sampler.taken[number] {
            guard earlier.fingerprint == fingerprint else { throw TinkerProblem.reused(number) }
            return earlier.request
        }
        let request = try sample(sampler.source, session: sampler.session, call)
        if let number {
            samplers[id]?.taken[number] = Repeatable(fingerprint: fingerprint, request: request, model: id)
        }
        return request
    }

    /// Samples from weights that no sampling session was made for.
    func sample(_ source: SamplerPool.Source, session: String, _ call: SamplingCall) throws -> String {
        guard !isStopped else { throw CancellationError() }
        let request = futures.open(session: session)
        let (pool, futures) = (pool, futures)
        sampling[request] = Task { [weak self] in
            let outcome: FutureTable.Outcome
            do {
                outcome = .done(try await pool.withSampler(source) { try await call.answer($0, id: request) })
            } catch { outcome = .failed(CallFailure(error)) }
            futures.settle(request, outcome)
            await self?.finished(request)
        }
        return request
    }

    private func finished(_ request: String) { sampling[request] = nil }
}
