import WhetCore

/// A rollout that is to be played: which one, of what task, from which opening tokens and random seed.
public struct RolloutPlan: Sendable {
    public let id: RolloutID
    public let task: PracticeTask
    /// The task's messages as the policy reads them; shared by a group, which is rendered once.
    public let prompt: [Int32]
    public let seed: UInt64

    public init(id: RolloutID, task: PracticeTask, prompt: [Int32], seed: UInt64) {
        self.id = id
        self.task = task
        self.prompt = prompt
        self.seed = seed
    }

    /// The plans of a group: the same task `size` times, each with a seed of its own.
    ///
    /// - Throws: `WhetError` when the template refuses the task's messages.
    public static func group(
        _ group: GroupID, of task: PracticeTask, size: Int, format: ChatFormat, runSeed: UInt64
    ) throws -> [RolloutPlan] {
        let prompt = try format.prompt(for: task.messages, tools: task.tools)
        return (0..<size).map { member in
            let seed = RandomStream.key(
                seed: runSeed, purpose: "rollout \(group.purpose.rawValue)", [group.index, member])
            return RolloutPlan(id: RolloutID(group: group, member: member), task: task, prompt: prompt, seed: seed)
        }
    }
}
