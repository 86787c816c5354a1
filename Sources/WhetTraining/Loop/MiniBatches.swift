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
