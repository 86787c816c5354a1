import WhetCore
import WhetStore

/// Rollouts with all that is stored of them; docs/export.md tells each member.
///
/// Keeps: numbers and texts read back as they were stored, but for numbers that JSON lacks, which are null.
public struct RolloutRecords: ExportForm {
    private let arguments: ConversationForm.Arguments
    private let hasTokens: Bool

    /// - Parameter hasTokens: token ids, log-probabilities and versions too, which are most of the bytes.
    public init(arguments: ConversationForm.Arguments = .text, hasTokens: Bool = false) {
        self.arguments = arguments
        self.hasTokens = hasTokens
    }

    public func narrowed(_ filter: RolloutFilter) -> RolloutFilter { filter }

    public func lines(of group: [RolloutListing], _ report: inout ExportReport) -> [[RolloutID]] {
        group.map { [$0.id] }
    }

    public func append(
        _ rollouts: [StoredRollout], to text: inout JSONText, _ report: inout ExportReport
    ) async throws -> Bool {
        for stored in rollouts { append(stored, to: &text) }
        return true
    }

    private func append(_ stored: StoredRollout, to text: inout JSONText) {
        let rollout = stored.rollout
        let task = rollout.task
        text.append(raw: #"{"run":"#)
        text.append(quoted: stored.run)
        text.append(key: "rollout")
        text.append(quoted: "\(rollout.id)")
        text.append(key: "purpose")
        text.append(quoted: rollout.id.group.purpose.rawValue)
        text.append(key: "group")
        text.append(integer: rollout.id.group.index)
        text.append(key: "member")
        text.append(integer: rollout.id.member)
        text.append(key: "step")
        text.append(stored.step.map(JSONValue.integer) ?? .null)
        text.append(key: "environment")
        text.append(quoted: task.environment)
        text.append(key: "level")
        text.append(integer: task.level)
        text.append(key: "task_seed")
        text.append(quoted: "\(task.seed)")
        text.append(key: "seed")
        text.append(quoted: "\(rollout.seed)")
        text.append(key: "status")
        text.append(quoted: rollout.status.rawValue)
        text.append(key: "reason")
        text.append(rollout.reason.map(JSONValue.string) ?? .null)
        text.append(key: "score")
        text.append(rollout.score?.exported ?? .null)
        text.append(key: "problem")
        text.append(task.problem)
        text.append(key: "tools")
        text.append(task.tools ?? .null)
        let opens = rollout.messages.starts(with: task.messages)
        text.append(key: "opening")
        text.append(opens ? .integer(task.messages.count) : .null)
        text.append(key: "messages")
        text.append(rollout.messages, arguments)
        if !opens {
            text.append(key: "task_messages")
            text.append(task.messages, arguments)
        }
        text.append(key: "started_at")
        text.append(.number(rollout.startedAt))
        text.append(key: "finished_at")
        text.append(.number(rollout.finishedAt))
        text.append(key: "resumes")
        text.append(integer: rollout.resumes)
        text.append(key: "tokens")
        text.append(integer: rollout.trajectories.reduce(0) { $0 + $1.count })
        text.append(key: "policy_tokens")
        text.append(integer: rollout.policyTokenCount)
        text.append(key: "versions")
        text.append(rollout.versionRange.map { [.integer($0.lowerBound), .integer($0.upperBound)] } ?? .null)
        if hasTokens { text.append(tokensOf: rollout) }
        text.append(raw: "}")
    }
}

extension Rollout {
    /// The oldest and the newest version that sampled any of it.
    fileprivate var versionRange: ClosedRange<Int>? {
        let versions = trajectories.lazy.flatMap(\.spans).compactMap { $0.policy?.version.number }
        guard let oldest = versions.min(), let newest = versions.max() else { return nil }
        return oldest...newest
    }
}

extension Score {
    fileprivate var exported: JSONValue {
        [
            "reward": .number(reward), "solved": .bool(isSolved), "reason": reason.map(JSONValue.string) ?? .null,
            "parts": .array(
                parts.map { part in
                    [
                        "name": .string(part.name), "value": .number(part.value), "weight": .number(part.weight),
                        "reason": part.reason.map(JSONValue.string) ?? .null,
                    ]
                }),
            "steps": .array(
                steps.map { step in
                    [
                        "turn": .integer(step.turn), "reward": step.reward.map(JSONValue.number) ?? .null,
                        "items": .array(
                            step.items.map { item in
                                [
                                    "name": .string(item.name), "weight": .number(item.weight),
                                    "score": .number(item.score),
                                ]
                            }),
                    ]
                }),
        ]
    }
}

extension JSONText {
    fileprivate mutating func append(tokensOf rollout: Rollout) {
        append(key: "trajectories")
        append(raw: "[")
        for (number, trajectory) in rollout.trajectories.enumerated() {
            append(raw: number == 0 ? "[" : ",[")
            for (place, span) in trajectory.spans.enumerated() {
                if place > 0 { append(raw: ",") }
                append(span)
            }
            append(raw: "]")
        }
        append(raw: "]")
        append(key: "span_times")
        append(.array(rollout.spanTimes.map { [.number($0.lowerBound), .number($0.upperBound)] }))
    }

    private mutating func append(_ span: TokenSpan) {
        append(raw: #"{"origin":""#)
        append(raw: span.policy != nil ? "policy" : span.origin == .prompt ? "prompt" : "environment")
        append(raw: #"","tokens":"#)
        append(span.tokens)
        if let policy = span.policy {
            append(key: "log_probabilities")
            append(policy.behaviorLogProbabilities)
            append(key: "version")
            append(integer: policy.version.number)
            append(key: "sampling")
            append(policy.sampling.exported)
            append(key: "request")
            append(quoted: policy.requestID)
            append(key: "server")
            append(quoted: policy.server)
        }
        append(raw: "}")
    }

    /// The shortest texts that read back as the same 32 bits.
    private mutating func append(_ numbers: [Float]) {
        append(raw: "[")
        for (index, number) in numbers.enumerated() {
            if index > 0 { append(raw: ",") }
            append(raw: number.isFinite ? number.description : "null")
        }
        append(raw: "]")
    }
}

extension SamplingParameters {
    fileprivate var exported: JSONValue {
        [
            "temperature": .number(temperature), "top_p": .number(topP),
            "top_k": topK.map(JSONValue.integer) ?? .null, "maximum_new_tokens": .integer(maximumNewTokens),
            "stop_strings": .array(stopStrings.map(JSONValue.string)),
            "stop_tokens": .array(stopTokens.map { .integer(Int($0)) }),
        ]
    }
}
