import WhetCore

/// Calls merged into training samples.
///
/// A call that goes on from another continues its sample: what stands between them is the environment's. Of several
/// that go on from the same one (retries, sub-agents, parallel calls) the one that most was sampled after continues it;
/// the others open samples of their own, whose prompt is all that went before.
///
/// Keeps: every sampled token is policy in exactly one sample; the samples do not depend on the order in which calls
/// were answered, but for which comes first: that is the one with the call that began last, because it holds the end.
extension CallTree {
    /// A training sample, and when each of its policy spans was asked for and had come.
    struct Sample {
        var trajectory = TokenTrajectory()
        var times: [ClosedRange<Double>] = []
        /// Whether the call that began last is its.
        fileprivate var hasEnd = false
    }

    /// - Throws: `WhetError` for what `TokenTrajectory` refuses.
    func samples() throws -> [Sample] {
        var children: [Int?: [Int]] = [:]
        for index in calls.indices { children[calls[index].placement.parent, default: []].append(index) }
        var following = calls.map(\.tokens.count)
        // A call is appended after the one that it goes on from.
        for index in calls.indices.reversed() {
            if let parent = calls[index].placement.parent { following[parent] += following[index] }
        }
        var openings = children[nil] ?? []
        var samples: [Sample] = []
        let end = calls.max { $0.order < $1.order }?.order
        while let opening = openings.popLast() {
            var sample = Sample()
            try sample.trajectory.append(TokenSpan(.prompt, tokens: calls[opening].placement.prompt))
            var next: Int? = opening
            while let index = next {
                let call = calls[index]
                for span in call.spans { try sample.trajectory.append(span) }
                sample.times += call.times
                sample.hasEnd = sample.hasEnd || call.order == end
                let branches = (children[index] ?? []).sorted { left, right in
                    following[left] != following[right]
                        ? following[left] > following[right] : calls[left].precedes(calls[right])
                }
                next = branches.first
                openings += branches.dropFirst()
                if let next {
                    let between = calls[next].placement.prompt.dropFirst(sample.trajectory.count)
                    try sample.trajectory.append(TokenSpan(.environment, tokens: Array(between)))
                }
            }
            samples.append(sample)
        }
        return samples.sorted { left, right in
            left.hasEnd != right.hasEnd
                ? left.hasEnd : left.trajectory.tokens.lexicographicallyPrecedes(right.trajectory.tokens)
        }
    }

    /// What was said in the call that began last, its answer included; nil without calls in messages.
    func transcript() throws -> [Message]? {
        try calls.filter { $0.conversation != nil }.max { $0.order < $1.order }?.conversation?.transcript()
    }
}

extension CallTree.Call {
    /// An order of calls that is the same in every run.
    fileprivate func precedes(_ other: CallTree.Call) -> Bool {
        placement.prompt == other.placement.prompt
            ? occurrence < other.occurrence : placement.prompt.lexicographicallyPrecedes(other.placement.prompt)
    }
}
