import WhetCore

/// Row numbers that the writer need not look up again.
///
/// Keeps: what is looked up here is equal by its bits; Swift's own equality takes "é" in its two spellings, and 0.0 and
/// -0.0, for the same.
struct RowCache: Sendable {
    struct GroupKey: Hashable, Sendable {
        let run: String
        let group: GroupID
    }

    /// A group, and the task that its last rollout played.
    struct Group: Sendable {
        let row: Int
        var task: StoredTask?
        var taskRow = 0
    }

    /// Enough for every group that is being played; emptied when reached.
    static let capacity = 4_096

    var groups: [GroupKey: Group] = [:]
    var samplings: [SamplingBits: Int] = [:]

    mutating func trim() {
        if groups.count > Self.capacity { groups = [:] }
        if samplings.count > Self.capacity { samplings = [:] }
    }
}

/// A task as its row holds it.
struct StoredTask: Equatable, Sendable {
    let environment, messages, problem: [UInt8]
    let tools: [UInt8]?
    let level: Int
    let seed: UInt64

    init(_ task: PracticeTask) {
        var messages = JSONText()
        var problem = JSONText()
        messages.append(messages: task.messages)
        problem.append(task.problem)
        self.messages = messages.bytes
        self.problem = problem.bytes
        tools = task.tools.map { tools in
            var text = JSONText()
            text.append(tools)
            return text.bytes
        }
        environment = Array(task.environment.utf8)
        level = task.level
        seed = task.seed
    }
}

/// Sampling parameters by their bits.
struct SamplingBits: Hashable, Sendable {
    let temperature, topP: UInt64
    let topK: Int?
    let maximumNewTokens: Int
    let stopStrings: [[UInt8]]
    let stopTokens: [Int32]

    init(_ sampling: SamplingParameters) {
        temperature = sampling.temperature.bitPattern
        topP = sampling.topP.bitPattern
        topK = sampling.topK
        maximumNewTokens = sampling.maximumNewTokens
        stopStrings = sampling.stopStrings.map { Array($0.utf8) }
        stopTokens = sampling.stopTokens
    }
}
