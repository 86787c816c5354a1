import ArgumentParser
import Foundation
import WhetCore
import WhetStore

struct RolloutsVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compute stored log-probabilities again with the weights that a run has kept.",
        discussion: """
            Shows whether the servers computed what the trainer computes, and had the version that they said. Only \
            versions whose weights are still in the run's folder can be compared: train with run.checkpoint_keep. \
            Exit code 1 where they do not agree.
            """)

    @OptionGroup var filter: RolloutFilterOptions
    @OptionGroup var home: HomeOptions
    @Flag(help: "One JSON object.") var json = false

    /// Rollouts that are read at a time.
    private static let page = 20_000

    func run() async throws {
        let store = try home.openStore()
        var filter = try await filter.filter(in: store)
        guard let run = filter.run else {
            throw UsageError(WhetError("the weights are those of one run", at: "--run all"))
        }
        let weights = StoredVerification.weights(in: home.home().directory(ofRun: run).appending(path: "checkpoints"))
        var verification = StoredVerification()
        filter.limit = Self.page
        while true {
            let rollouts = try await store.rollouts(filter)
            try await verification.add(rollouts.map(\.rollout), weights: weights)
            guard rollouts.count == Self.page else { break }
            filter.offset += Self.page
        }
        guard verification.tokens > 0 else {
            throw WhetError(
                "there is nothing to compare: \(verification.tokensWithoutWeights) tokens were sampled by versions "
                    + "whose weights are gone",
                at: run, expected: "rollouts of versions that are in its folder checkpoints",
                remedy: "train with --set run.checkpoint_keep=1000")
        }
        let isGood = verification.mean <= Double(ServerCheck.largestDifference)
        if json { Output.json(verification.json) } else { Output.text(verification.text) }
        if !isGood { throw ExitCode(CommandRunner.Code.failure) }
    }
}

extension StoredVerification {
    var text: String {
        var worst = Table(("version", .right), ("tokens", .right), ("mean difference", .right), ("largest", .right))
        let most = lines.values.sorted { ($0.largest, $1.version) > ($1.largest, $0.version) }
        for line in most.prefix(5) {
            worst.add(
                "\(line.version)", "\(line.tokens)", Self.short(line.sum / Double(max(1, line.tokens))),
                Self.short(line.largest))
        }
        return """
            \(tokens) tokens of \(lines.count) versions, \(resumedTokens) of them behind another version's
            mean absolute difference from whet's engine \(Self.short(mean)), at most \(Self.short(largest))
            \(tokensWithoutWeights) more tokens are of versions whose weights are gone

            the largest differences:
            \(worst.text)
            """
    }

    var json: JSONValue {
        [
            "tokens": .integer(tokens), "versions": .integer(lines.count), "resumed_tokens": .integer(resumedTokens),
            "mean_difference": .number(mean), "largest_difference": .number(largest),
            "tokens_without_weights": .integer(tokensWithoutWeights),
        ]
    }

    private static func short(_ value: Double) -> String { String(format: "%.1e", value) }
}
