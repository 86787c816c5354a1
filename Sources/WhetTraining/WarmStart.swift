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

    /// The demonstrations of one step; what the policy would have said is trained, the prompt is not.
    ///
    /// - Throws: `WhetError` when an environment has no demonstrations.
    func batch(step: Int) throws -> TrainingBatch {
        let sequences = try (0..<batchSize).map { try sequence(step * batchSize + $0) }
        return TrainingBatch(id: "warm-start-\(step)", sequences: sequences)
    }

    private func sequence(_ index: Int) throws -> TrainingSequence {
        let task = try curriculum.task(problems.map { index % $0 } ?? index, purpose: "warm-start task")
        guard let demonstration = try curriculum.demonstration(of: task) else {
            throw WhetError(
                "the environment \(task.environment) gives no demonstrations to warm up on",
                remedy: "warmup.steps: 0, or another environment")
        }
        let prompt = try format.prompt(for: task.messages)
        let answer = format.turn(saying: demonstration.content)
        let mask = prompt.map { _ in false } + answer.map { _ in true }
        let ones = [Float](repeating: 1, count: mask.count)
        return TrainingSequence(
            tokens: prompt + answer, mask: mask, advantages: ones, weights: ones,
            behaviorLogProbabilities: [Float](repeating: 0, count: mask.count))
    }
}
