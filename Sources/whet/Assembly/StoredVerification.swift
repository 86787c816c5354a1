import Foundation
import WhetBackends
import WhetCore
import WhetEngine
import WhetStore

/// Computes the log-probabilities of stored rollouts once more, by whet's own engine, with the weights of the version
/// that each span names.
///
/// They agree only if the server computes what the trainer computes, had that version when it sampled, and kept nothing
/// of an older one in its cache.
///
/// Keeps: a token is compared with the weights of its own version, behind everything that stood before it, or is
/// counted as not compared.
struct StoredVerification: Sendable {
    /// What was found of one version.
    struct Line: Hashable, Sendable {
        var version: PolicyVersion
        var tokens = 0
        /// Of them those that go on where another version was interrupted.
        var resumedTokens = 0
        /// Sum of absolute differences.
        var sum = 0.0
        var largest = 0.0
    }

    private(set) var lines: [PolicyVersion: Line] = [:]
    /// Tokens of versions whose weights are gone.
    private(set) var tokensWithoutWeights = 0

    var tokens: Int { lines.values.reduce(0) { $0 + $1.tokens } }
    var resumedTokens: Int { lines.values.reduce(0) { $0 + $1.resumedTokens } }
    var mean: Double { lines.values.reduce(0) { $0 + $1.sum } / Double(max(1, tokens)) }
    var largest: Double { lines.values.map(\.largest).max() ?? 0 }

    /// A rollout, and the places of it that one version sampled.
    private struct Piece {
        let tokens: [Int32]
        let temperature: Float
        var expected: [(place: Int, logProbability: Float, isResumed: Bool)] = []
    }

    /// Adds rollouts, a version's weights at a time.
    ///
    /// - Parameter weights: the model directory of each version that is still there.
    /// - Throws: `WhetError` for weights that cannot be read, or that have another vocabulary or a shorter context.
    mutating func add(_ rollouts: [Rollout], weights: [PolicyVersion: URL]) async throws {
        var pieces: [PolicyVersion: [Piece]] = [:]
        for rollout in rollouts {
            for trajectory in rollout.trajectories {
                for (version, piece) in StoredVerification.pieces(of: trajectory) {
                    if weights[version] == nil {
                        tokensWithoutWeights += piece.expected.count
                    } else {
                        pieces[version, default: []].append(piece)
                    }
                }
            }
        }
        for (version, pieces) in pieces.sorted(by: { $0.key < $1.key }) {
            guard let directory = weights[version] else { continue }
            try await compare(pieces, with: Model(directory: directory), version)
        }
    }

    private static func pieces(of trajectory: TokenTrajectory) -> [PolicyVersion: Piece] {
        let tokens = trajectory.tokens
        var pieces: [PolicyVersion: Piece] = [:]
        var start = 0
        var before: PolicyVersion?
        for span in trajectory.spans {
            defer {
                start += span.tokens.count
                before = span.policy?.version
            }
            guard let policy = span.policy else { continue }
            let isResumed = before.map { $0 != policy.version } ?? false
            // A greedy token's log-probability is that of temperature 1.
            let temperature = policy.sampling.temperature == 0 ? 1 : Float(policy.sampling.temperature)
            for (offset, value) in policy.behaviorLogProbabilities.enumerated() {
                pieces[policy.version, default: Piece(tokens: tokens, temperature: temperature)]
                    .expected.append((start + offset, value, isResumed))
            }
        }
        return pieces
    }

    private mutating func compare(_ pieces: [Piece], with model: Model, _ version: PolicyVersion) async throws {
        let backend = EmbeddedBackend(model: model)
        let own = try await backend.logProbabilities(
            of: pieces.map { TrainingSequence(scoring: $0.tokens, at: $0.temperature) })
        var line = lines[version] ?? Line(version: version)
        for (piece, own) in zip(pieces, own) {
            for (place, logProbability, isResumed) in piece.expected {
                let difference = Double(abs(own[place] - logProbability))
                line.tokens += 1
                if isResumed { line.resumedTokens += 1 }
                line.sum += difference
                line.largest = max(line.largest, difference)
            }
        }
        lines[version] = line
    }

    /// The versions whose weights lie in a run's folder, by the names that checkpoints have: `v000012`.
    static func weights(in checkpoints: URL) -> [PolicyVersion: URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints.path)) ?? []
        let versions = names.compactMap { name -> (PolicyVersion, URL)? in
            guard name.first == "v", let number = Int(name.dropFirst()), number >= 0 else { return nil }
            return (PolicyVersion(number), checkpoints.appending(path: name, directoryHint: .isDirectory))
        }
        return Dictionary(versions) { first, _ in first }
    }
}

extension TrainingSequence {
    /// One that is looked at and not trained on.
    init(scoring tokens: [Int32], at temperature: Float = 1) {
        let zeros = [Float](repeating: 0, count: tokens.count)
        self.init(
            tokens: tokens, mask: [Bool](repeating: false, count: tokens.count), advantages: zeros, weights: zeros,
            behaviorLogProbabilities: zeros, temperature: temperature)
    }
}
