import WhetAlgorithms

extension [TrainingSample] {
    /// A step's samples in mini-batches, the conversations of a rollout together, without those of which nothing is
    /// trained; a mini-batch may be empty. In each, the conversations of a rollout have one vote.
    func miniBatches(of recipe: Recipe, step: Int, under loss: LossFunction) -> [[TrainingSample]] {
        let owned = Dictionary(grouping: indices, by: { self[$0].owner })
        let deals = MiniBatches.deal(
            owned.count, into: recipe.trainer.miniBatches, seed: recipe.run.seed, step: step, epoch: 0)
        return deals.map { owners in
            var dealt = owners.flatMap { owner in (owned[owner] ?? []).map { self[$0] } }
            // What nothing is trained of (all of it too old, left out) has had its part in the baseline.
            dealt.removeAll { !$0.mask.contains(true) }
            let votes = loss.votes(
                owners: dealt.map(\.owner), counts: dealt.map { $0.mask.count { $0 } },
                components: dealt.map(\.component))
            for (place, vote) in zip(dealt.indices, votes) { dealt[place].vote = vote }
            return dealt
        }
    }
}
