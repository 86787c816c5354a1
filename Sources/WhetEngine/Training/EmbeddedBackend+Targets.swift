import Foundation
import WhetBackends
import WhetCore

/// For clients that bring targets, losses and optimizer settings of their own, and see to it that no call is made
/// twice.
extension EmbeddedBackend {
    /// The log-probability of each target given what comes before it, at temperature 1. `[inputs][targets]`
    ///
    /// - Throws: `WhetError` for a token outside the vocabulary.
    public func targetLogProbabilities(of inputs: [TargetedInput]) throws -> [[Float]] {
        let scored = try inputs.map(scoredInput)
        var results: [[Float]] = []
        transformer.score(scored) { range, scores in
            var rest = scores.logProbabilities[...]
            for index in range {
                results.append(Array(rest.prefix(scored[index].places.count)))
                rest = rest.dropFirst(scored[index].places.count)
            }
        }
        return results
    }

    /// Adds the gradient of a loss that is known by its slopes.
    ///
    /// - Parameter loss: told an input's place and the log-probabilities of its targets; gives the loss's slope for
    ///   each of them, and whatever else is wanted of it.
    /// - Returns: that, of every input.
    /// - Throws: `WhetError`, before any work, for a token outside the vocabulary or an input without tokens.
    public func accumulate<Value: Sendable>(
        _ inputs: [TargetedInput], loss: @Sendable (Int, [Float]) -> (slopes: [Float], value: Value)
    ) throws -> [Value] {
        let scored = try inputs.map(scoredInput)
        var values: [Value] = []
        transformer.train(scored) { range, scores in
            var slopes = Transformer.Slopes(logProbabilities: [])
            var rest = scores.logProbabilities[...]
            for index in range {
                let result = loss(index, Array(rest.prefix(scored[index].places.count)))
                rest = rest.dropFirst(scored[index].places.count)
                slopes.logProbabilities += result.slopes
                values.append(result.value)
            }
            return slopes
        }
        hasGradients = hasGradients || !inputs.isEmpty
        return values
    }

    /// A step by other settings than the backend's own, for this once.
    ///
    /// - Throws: `WhetError` when no gradient waits, or it is not finite; the weights were left as they are.
    public func optimizerStep(learningRate: Double, settings: AdamW.Settings) throws -> OptimizerReport {
        guard hasGradients else {
            throw WhetError(
                "no gradient waits to be applied", expected: "a forward_backward that succeeded since the last step")
        }
        let own = optimizer.settings
        optimizer.settings = settings
        defer { optimizer.settings = own }
        return try step(learningRate: learningRate)
    }

    /// Takes up saved weights alone; the optimizer begins anew.
    ///
    /// - Throws: `WhetError`; everything was left as it was then.
    public func loadWeights(from directory: URL) throws {
        let model = try savedModel(in: directory)
        transformer.weights.replace(with: model.parameters)
        transformer.gradients.clear()
        hasGradients = false
        optimizer.reset()
        ledger = BatchLedger()
    }

    private func scoredInput(_ input: TargetedInput) throws -> ScoredSequence {
        let vocabulary = transformer.configuration.vocabularySize
        guard !input.tokens.isEmpty, (input.tokens + input.targets).allSatisfy({ $0 >= 0 && $0 < vocabulary }) else {
            throw WhetError(
                "an input has no tokens, or one outside the vocabulary", expected: "ids from 0 to \(vocabulary - 1)",
                remedy: "sample and train with the same tokenizer")
        }
        return input.scored
    }
}
