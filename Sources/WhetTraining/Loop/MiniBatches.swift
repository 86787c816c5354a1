import WhetAlgorithms
import WhetCore

/// Deals a step's sequences into mini-batches, one optimizer step each.
enum MiniBatches {
    /// The places of each mini-batch: every place once, shuffled by the step's own stream, sizes that differ by at most
    /// one. One mini-batch keeps the order.
    static func deal(_ count: Int, into batches: Int, seed: UInt64, step: Int, epoch: Int) -> [[Int]] {
        guard batches > 1 else { return count > 0 ? [Array(0..<count)] : [] }
        var random = RandomStream(seed: seed, purpose: "mini-batches", step, epoch)
        let order = (0..<count).shuffled(using: &random)
        return (0..<batches).map { batch in
            Array(order[count * batch / batches..<count * (batch + 1) / batches])
        }.filter { !$0.isEmpty }
    }
}

extension [TrainingSample] {
    /// A step's samples in mini-batches, without those of which nothing is trained; a mini-batch may be empty.
    ///
    /// The conversations of one rollout stay together, and count as one in means over sequences.
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
