import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetRollouts

/// Teaches a policy the form of an answer from the environments' own demonstrations, before it learns from rewards.
///
/// Keeps: the same seed gives the same batches; held-out tasks are not among them.
struct WarmStart: Sendable {
    let curriculum: Curriculum
    let format: ChatFormat
    let batchSize: Int
    /// How many different demonstrations to go round in; nil shows each only once.
    let problems: Int?
    /// The longest sequence that the policy takes; a longer demonstration is cut there.
    let maximumContext: Int

    /// The demonstrations of one step; what the policy would have said is trained, the prompt is not.
    ///
    /// - Throws: `WhetError` when an environment has no demonstrations.
    func batch(step: Int) async throws -> TrainingBatch {
        let sequences = try await (0..<batchSize).concurrentMap { try await sequence(step * batchSize + $0) }
        return TrainingBatch(id: "warm-start-\(step)", sequences: sequences)
    }

    private func sequence(_ index: Int) async throws -> TrainingSequence {
        let task = try await curriculum.task(problems.map { index % $0 } ?? index, purpose: "warm-start task")
        guard let demonstration = try await curriculum.demonstration(of: task) else {
            throw WhetError(
                "the environment \(task.environment) gives no demonstrations to warm up on",
                remedy: "warmup.steps: 0, or another environment")
        }
        var (tokens, mask) = try spans(of: demonstration, to: task)
        if tokens.count > maximumContext {
            (tokens, mask) = (Array(tokens.prefix(maximumContext)), Array(mask.prefix(maximumContext)))
        }
        let ones = [Float](repeating: 1, count: mask.count)
        return TrainingSequence(
            tokens: tokens, mask: mask, advantages: ones, weights: ones,
            behaviorLogProbabilities: [Float](repeating: 0, count: mask.count))
    }

    /// The conversation as the policy would have met it: its own words are trained, what it is told is not.
    private func spans(of demonstration: [Message], to task: PracticeTask) throws -> ([Int32], [Bool]) {
        var tokens = try format.prompt(for: task.messages, tools: task.tools)
        var mask = tokens.map { _ in false }
        var messages = task.messages
        var rest = demonstration[...]
        while let turn = rest.popFirst() {
            guard turn.role == .assistant else {
                throw WhetError("a demonstration goes on with \(turn.role.rawValue), not with the policy's words")
            }
            let said = format.turn(saying: turn.content)
            messages.append(turn)
            tokens += said
            mask += said.map { _ in true }
            let reply = rest.prefix { $0.role != .assistant }
            guard !reply.isEmpty else { continue }
            rest = rest.dropFirst(reply.count)
            // A reply that nobody answers teaches nothing.
            guard !rest.isEmpty else { break }
            let told = try format.continuation(of: messages, sampled: said, with: Array(reply), tools: task.tools)
            messages += reply
            tokens += told
            mask += told.map { _ in false }
        }
        return (tokens, mask)
    }
}
