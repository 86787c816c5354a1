import WhetAlgorithms
import WhetCore
import WhetRollouts
import WhetStore

/// What a run carries from step to step beside its weights.
///
/// Keeps: all of it is committed with the step that it follows, so a resumed run goes on with the same numbers, to the
/// bit.
struct LoopState: Sendable {
    /// Where the drawing of groups stands.
    var position = Position()
    /// Which groups each step trained on; the store has them beside the steps.
    var kept: [Int: [Int]] = [:]
    /// Where difficulty stands.
    var curriculum = Curriculum.State()
    /// What each role usually earns (RAE).
    var roles = RoleBaselines()
    /// What each prompt usually earns (SPO); nil for algorithms that track no values.
    var tracker: BetaTracker?
    /// Each prompt's last training rollout, on which the next visit measures how far the policy moved.
    var lastRollouts: [Int: RolloutID] = [:]

    /// Groups that were drawn, but for those that were handed to steps.
    struct Position: Hashable, Sendable, Codable {
        struct Group: Hashable, Sendable, Codable {
            var number: Int
            /// nil: it was just being drawn.
            var prompt: Int?
        }

        /// The number of the next group.
        var next = 0
        /// Begun, and not handed to a step.
        var open: [Group] = []
    }

    /// The part that is stored as JSON; the values of prompts have a table of their own.
    private struct Stored: Codable {
        var position: Position
        var curriculum: Curriculum.State
        var roles: RoleBaselines

        enum CodingKeys: String, CodingKey {
            case curriculum, roles
            case position = "groups"
        }
    }

    init(algorithm: WhetAlgorithms.Algorithm) throws {
        tracker = try algorithm.tracking.map { try BetaTracker(parameters: $0) }
    }

    /// Takes up where a step left off.
    ///
    /// - Parameter batches: what was handed to the steps up to it.
    /// - Throws: `WhetError` when the step has no state that this whet reads, as those of an older one.
    mutating func restore(_ record: StepRecord, batches: [HandedBatch]) throws {
        let stored = try Self.stored(record)
        position = stored.position
        curriculum = stored.curriculum
        roles = stored.roles
        for batch in batches where batch.step <= record.step {
            kept[batch.step] = batch.groups.filter(\.isKept).map(\.number)
        }
    }

    /// Where the drawing of groups stood after a step.
    static func position(after record: StepRecord) throws -> Position { try stored(record).position }

    private static func stored(_ record: StepRecord) throws -> Stored {
        guard let state = record.state, let stored = try? state.decoded(as: Stored.self) else {
            throw WhetError(
                "step \(record.step) was written by an older whet, without the state that a run carries on",
                remedy: "start a new run, with policy.model at this run's last checkpoint")
        }
        return stored
    }

    /// Takes up what was believed of prompts.
    mutating func restore(_ promptValues: [PromptValue]) {
        for value in promptValues {
            tracker?.restore(BetaTracker.Belief(alpha: value.alpha, beta: value.beta), of: Self.name(of: value.prompt))
            lastRollouts[value.prompt] = value.lastRollout
        }
    }

    var json: JSONValue {
        get throws {
            try JSONValue(encoding: Stored(position: position, curriculum: curriculum, roles: roles))
        }
    }

    /// What is believed of these prompts, as the store keeps it.
    func promptValues(of prompts: some Sequence<Int>) -> [PromptValue] {
        guard let tracker else { return [] }
        return Set(prompts).sorted().map { prompt in
            let belief = tracker.belief(of: Self.name(of: prompt))
            return PromptValue(
                prompt: prompt, alpha: belief.alpha, beta: belief.beta, lastRollout: lastRollouts[prompt])
        }
    }

    /// What the tracker calls a prompt.
    static func name(of prompt: Int) -> String { String(prompt) }
}
