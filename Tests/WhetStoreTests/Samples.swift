import Foundation
import Testing
import WhetCore

@testable import WhetStore

/// A folder that is gone when the test is over.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "whet-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }
}

extension RolloutStore {
    /// A store in `folder` with a run named "run".
    static func withRun(in folder: TemporaryFolder, pace: RolloutWriter.Pace = .init()) async throws -> RolloutStore {
        let store = try RolloutStore(path: folder.path("whet.sqlite"), readOnly: false, writing: pace)
        try await store.begin(.sample(id: "run"))
        return store
    }

    func record(_ rollouts: [Rollout], run: String = "run", step: Int? = 1) async throws {
        for rollout in rollouts { try await record(rollout, run: run, step: step) }
        try await flush()
    }
}

extension RunRecord {
    static func sample(id: String) -> RunRecord {
        RunRecord(
            id: id, name: "sorting", recipe: "policy:\n  seed: 7\n", build: "0.1", seed: .max - 6, startedAt: 1_000)
    }
}

extension Rollout {
    /// An ordinary rollout, the same for the same numbers.
    static func sample(
        _ group: Int, _ member: Int = 0, purpose: GroupID.Purpose = .training, status: Status = .completed,
        reward: Double = 0.5, environment: String = "Sorting", tokens: Int = 4
    ) throws -> Rollout {
        var trajectory = TokenTrajectory()
        try trajectory.append(TokenSpan(.prompt, tokens: [1, 2, 3]))
        if tokens > 0 {
            let policy = TokenSpan.Policy(
                behaviorLogProbabilities: (0..<tokens).map { -Float($0) / 3 }, version: PolicyVersion(member),
                sampling: SamplingParameters(), requestID: "run-\(group).\(member)-0", server: "http://127.0.0.1:1")
            try trajectory.append(TokenSpan(.policy(policy), tokens: (0..<tokens).map { Int32($0 + group) }))
        }
        let isScored = status != .failed && status != .aborted
        return Rollout(
            id: RolloutID(group: GroupID(group, purpose: purpose), member: member),
            task: PracticeTask(
                environment: environment, seed: UInt64(group), level: group % 3,
                messages: [Message(.user, "Sort: \(group) 2")],
                problem: ["array": [.integer(group), 2]]),
            status: status, reason: status == .completed ? nil : "because",
            messages: [Message(.user, "Sort: \(group) 2"), Message(.assistant, "<answer>\(member)</answer>")],
            trajectory: trajectory,
            score: isScored
                ? Score(reward: reward, isSolved: reward >= 1, parts: [.init("right", value: reward)]) : nil,
            seed: UInt64(group * 100 + member), startedAt: 1_000, finishedAt: 1_001)
    }

    /// Anything that a rollout may be, odd values preferred.
    static func arbitrary(_ index: Int) throws -> Rollout {
        var random = RandomStream(seed: 99, purpose: "arbitrary rollout", index)
        return try random.rollout(
            GroupID(index / 6, purpose: index % 2 == 0 ? .training : .evaluation), member: index % 6)
    }
}

extension RandomStream {
    fileprivate mutating func rollout(_ group: GroupID, member: Int) throws -> Rollout {
        var trajectory = TokenTrajectory()
        if below(8) > 0 {
            try trajectory.append(TokenSpan(.prompt, tokens: tokens()))
            for _ in 0..<(trajectory.spans.isEmpty ? 0 : below(5)) { try trajectory.append(span()) }
        }
        let siblings = try trajectory.spans.isEmpty ? [] : (0..<max(0, below(6) - 3)).map { _ in try sibling() }
        return Rollout(
            id: RolloutID(group: group, member: member), task: task(), status: pick(Rollout.Status.allCases),
            reason: optional { $0.text() }, messages: messages(), trajectory: trajectory, siblings: siblings,
            score: optional { $0.score() },
            seed: next(), startedAt: number(), finishedAt: number())
    }

    private mutating func sibling() throws -> TokenTrajectory {
        var trajectory = TokenTrajectory()
        try trajectory.append(TokenSpan(.prompt, tokens: [1] + tokens()))
        for _ in 0..<below(4) { try trajectory.append(span()) }
        return trajectory
    }

    private mutating func task() -> PracticeTask {
        PracticeTask(
            environment: text(), seed: pick([0, .max, next()]), level: Int(truncatingIfNeeded: next()),
            messages: messages(),
            problem: json(depth: 3), tools: below(3) == 0 ? .array([json(depth: 2)]) : nil)
    }

    private mutating func span() throws -> TokenSpan {
        let tokens = tokens()
        guard below(3) > 0 else { return TokenSpan(.environment, tokens: tokens) }
        let odd: [Float] = [-0.0, 0, -.leastNonzeroMagnitude, -.greatestFiniteMagnitude, -.pi]
        let policy = TokenSpan.Policy(
            behaviorLogProbabilities: tokens.map { _ in below(2) == 0 ? pick(odd) : -Float(unit()) * 20 },
            version: PolicyVersion(below(9)),
            sampling: SamplingParameters(
                temperature: pick([0, 0.1, 1, .infinity]), topP: pick([1, 0.95]), topK: pick([nil, 20]),
                maximumNewTokens: below(3), stopStrings: pick([[], [text(), ""]]), stopTokens: pick([[], [.max, 0]])),
            requestID: text(), server: text())
        return TokenSpan(.policy(policy), tokens: tokens)
    }

    private mutating func score() -> Score {
        let parts = (0..<below(3)).map { _ in
            Score.Part(text(), value: pick([-0.0, 1, .infinity]), weight: number(), reason: optional { $0.text() })
        }
        let steps = (0..<below(3)).map { turn in
            Score.Step(
                turn: turn, reward: optional { $0.number() },
                items: (0..<below(3)).map { _ in Score.Step.Item(text(), weight: number(), score: number()) })
        }
        return Score(
            reward: pick([-0.0, 0, 1, -1, .infinity, 0.1, .leastNonzeroMagnitude]), isSolved: below(2) == 0,
            parts: parts, steps: steps, reason: optional { $0.text() })
    }

    private mutating func messages() -> [Message] {
        (0..<below(4)).map { _ in
            let calls = (0..<max(0, below(6) - 3)).map { _ in
                Message.ToolCall(
                    id: optional { $0.text() }, name: text(),
                    arguments: below(2) == 0 ? .string(text()) : json(depth: 2))
            }
            return Message(
                pick(Message.Role.allCases), text(), reasoning: optional { $0.text() }, toolCalls: calls,
                toolCallID: optional { $0.text() })
        }
    }

    private mutating func json(depth: Int) -> JSONValue {
        switch below(depth > 0 ? 8 : 6) {
        case 0: .null
        case 1: .bool(below(2) == 0)
        case 2: .integer(pick([0, .min, .max, -1]))
        case 3: .number(pick([-0.0, 5, 1e300, Double.leastNonzeroMagnitude, 0.1]))
        case 4, 5: .string(text())
        case 6: .array((0..<below(4)).map { _ in json(depth: depth - 1) })
        default:
            .object(
                JSONObject((0..<below(4)).map { ("\($0)" + text(), json(depth: depth - 1)) }, uniquingKeysWith: { $1 }))
        }
    }

    private mutating func text() -> String {
        let odd = [
            "", "\0", "a\0b", "é", "e\u{301}", "👩‍👩‍👧", "\u{FEFF}", "\u{2028}\r\n\t\"\\/", "</answer>", "\u{10FFFF}",
            "\u{7F}",
            "null", "[1]", "plain words",
        ]
        return (0..<below(3)).map { _ in pick(odd) }.joined()
    }

    private mutating func tokens() -> [Int32] { (0..<below(6)).map { _ in pick([0, .max, Int32(below(150_000))]) } }

    private mutating func number() -> Double {
        pick([0, 1_763_700_000.123456, -1, .infinity, Double.leastNonzeroMagnitude])
    }

    private mutating func optional<Value>(_ make: (inout RandomStream) -> Value) -> Value? {
        below(2) == 0 ? nil : make(&self)
    }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    private mutating func pick<Value>(_ choices: [Value]) -> Value { choices[below(choices.count)] }
}
