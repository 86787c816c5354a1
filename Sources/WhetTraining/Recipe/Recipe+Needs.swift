import WhetAlgorithms
import WhetBackends
import WhetCore

extension Recipe {
    /// What a run with this recipe asks of its trainer.
    ///
    /// - Parameter loss: the algorithm's, with that of imitation where rollouts are replayed so.
    public func trainerNeeds(under loss: LossDescription?) -> TrainerNeeds {
        var losses = loss.map { [$0] } ?? []
        if warmup.steps > 0 { losses.append(LossFunction.crossEntropy.description) }
        return TrainerNeeds(
            losses: losses, temperatures: [rollout.sampling.temperature],
            clipsGradients: trainer.maximumGradientNorm != nil, weights: trainer.lora == nil ? .full : .lora,
            precision: policy.precision.rawValue, publications: inference.kind.publications)
    }
}

extension Recipe.InferenceKind {
    /// How servers of this kind take weights up, as far as it is known before one is asked.
    var publications: Set<Publication.Kind> {
        switch self {
        case .embedded: [.directory]
        case .auto: Set(Publication.Kind.allCases)
        case .server(let kind): kind.name == "tinker" ? [.remote] : [.directory, .adapter]
        }
    }
}
