import Foundation
import WhetBackends
import WhetCore
import WhetEngine
import WhetInference

/// Uses a server as a run would, and holds what it says against whet's own engine.
struct ServerCheck: Sendable {
    struct Finding: Sendable {
        /// A name for programs.
        let name: String
        let isGood: Bool
        /// What was seen, in words.
        let found: String
        var numbers: [(String, Double)] = []

        var json: JSONValue {
            var object: JSONObject = ["name": .string(name), "good": .bool(isGood), "found": .string(found)]
            for (name, number) in numbers { object[name] = .number(number) }
            return .object(object)
        }
    }

    /// Mean difference of log-probabilities beyond which the trainer and the server do not have the same model.
    static let largestDifference: Float = 0.02

    let server: any InferenceServer
    let seed: UInt64
    /// Rollouts of each part.
    let count = 8

    /// - Parameters:
    ///   - directory: of the weights that the server has now.
    ///   - others: are published to it one after the other, as versions 1, 2, …; it is left with the last.
    ///   - report: told each finding as it is made.
    func run(
        directory: URL, publishing others: [URL], report: (Finding) -> Void
    ) async throws {
        let model = try Model(directory: directory)
        report(try await compare(with: model, name: "log_probabilities"))
        report(try await abort(model))
        report(try await load())
        for (index, other) in others.enumerated() {
            let version = PolicyVersion(index + 1)
            let start = ContinuousClock.now
            try await server.publish(directory: other, version: version)
            let time = (ContinuousClock.now - start) / .seconds(1)
            let reported = try await server.policyVersion()
            report(
                Finding(
                    name: "publication_\(version)", isGood: reported == version,
                    found: "\(other.lastPathComponent) in \(String(format: "%.2f", time)) s; the server says it has "
                        + (reported.map { "version \($0)" } ?? "none of ours"),
                    numbers: [("seconds", time)]))
            report(
                try await compare(
                    with: Model(directory: other), name: "log_probabilities_\(version)", version: version))
        }
    }

    private func request(_ name: String, _ index: Int, _ model: Model, new: Int) -> GenerationRequest {
        var random = RandomStream(seed: seed, purpose: "server check", index)
        let vocabulary = model.configuration.vocabularySize
        return GenerationRequest(
            id: "check-\(seed)-\(name)-\(index)",
            tokens: (0..<8).map { _ in Int32(random.unit() * Double(vocabulary - 1)) },
            sampling: SamplingParameters(maximumNewTokens: new), seed: random.next(), affinity: "\(name) \(index)")
    }

    // MARK: Log-probabilities

    private func compare(with model: Model, name: String, version: PolicyVersion? = nil) async throws -> Finding {
        let new = min(32, model.configuration.maximumPositions - 8)
        let requests = (0..<count).map { request(name, $0, model, new: new) }
        let generations = try await requests.concurrentMap { try await server.generate($0) }
        let vocabulary = model.configuration.vocabularySize
        if let foreign = generations.lazy.flatMap(\.tokens).first(where: { !(0..<vocabulary).contains(Int($0)) }) {
            return Finding(
                name: name, isGood: false,
                found: "it serves another model: it sampled token \(foreign), and this model's end at \(vocabulary - 1)"
            )
        }
        let own = try await ServerCheck.score(zip(requests, generations).map { $0.tokens + $1.tokens }, with: model)
        var differences: [Float] = []
        for (index, generation) in generations.enumerated() {
            let start = requests[index].tokens.count
            for place in generation.tokens.indices {
                differences.append(abs(own[index][start + place] - generation.logProbabilities[place]))
            }
        }
        let mean = differences.reduce(0, +) / Float(max(1, differences.count))
        let most = differences.max() ?? 0
        let isVersion = version == nil || generations.allSatisfy { $0.version == version }
        return Finding(
            name: name, isGood: !differences.isEmpty && mean <= ServerCheck.largestDifference && isVersion,
            found: "\(differences.count) tokens; mean absolute difference from whet's engine "
                + String(format: "%.2e, at most %.2e", mean, most)
                + (isVersion ? "" : "; some were sampled by another version than the published one"),
            numbers: [
                ("tokens", Double(differences.count)), ("mean_difference", Double(mean)),
                ("largest_difference", Double(most)),
            ])
    }

    private static func score(_ sequences: [[Int32]], with model: Model) async throws -> [[Float]] {
        let backend = EmbeddedBackend(model: model)
        return try await backend.logProbabilities(of: sequences.map { TrainingSequence(scoring: $0) })
    }

    // MARK: Abort and load

    /// Aborts requests that are under way, and goes on with one of them.
    private func abort(_ model: Model) async throws -> Finding {
        let room = model.configuration.maximumPositions - 8
        let requests = (0..<count).map { request("abort", $0, model, new: room) }
        async let answers = requests.concurrentMap { try await server.generate($0) }
        try await Task.sleep(for: .milliseconds(150))
        let aborted = ContinuousClock.now
        _ = try await requests.concurrentMap { try await server.abort(requestID: $0.id) }
        let latency = (ContinuousClock.now - aborted) / .seconds(1)
        let generations = try await answers
        let partial = generations.enumerated().filter { $0.element.finish == .abort && !$0.element.tokens.isEmpty }
        guard let (index, first) = partial.first.map({ ($0.offset, $0.element) }) else {
            return Finding(
                name: "abort", isGood: false,
                found: "no request of \(count) was aborted with something to keep: "
                    + generations.map { "\($0.finish.rawValue) after \($0.tokens.count)" }.joined(separator: ", "))
        }
        var rest = request("resume", index, model, new: room - first.tokens.count)
        rest.tokens = requests[index].tokens + first.tokens
        let resumed = try await server.generate(rest)
        let kept = partial.map { $0.element.tokens.count }
        return Finding(
            name: "abort", isGood: !resumed.tokens.isEmpty,
            found: "\(partial.count) of \(count) aborted in \(String(format: "%.2f", latency)) s with "
                + "\(kept.min() ?? 0) to \(kept.max() ?? 0) tokens kept; one went on for \(resumed.tokens.count) more",
            numbers: [("aborted", Double(partial.count)), ("kept", Double(kept.reduce(0, +))), ("seconds", latency)])
    }

    private func load() async throws -> Finding {
        guard let load = try await server.load() else {
            return Finding(name: "metrics", isGood: false, found: "none, so inference.concurrency: auto is refused")
        }
        return Finding(
            name: "metrics", isGood: true,
            found: "\(load.running) running, \(load.waiting) waiting, cache "
                + (load.cacheUsage.map { String(format: "%.0f %%", $0 * 100) } ?? "unknown") + ", preemptions "
                + (load.preemptions.map { "\($0)" } ?? "unknown"))
    }
}
