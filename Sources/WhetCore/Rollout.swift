/// Names a group within a run: what it was played for, and the how-manieth task the run drew for that. The same after a
/// resume.
public struct GroupID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// What the rollouts of a group are played for. Each counts its groups from 0.
    public enum Purpose: String, Hashable, Sendable, Codable, CaseIterable {
        case training
        /// Held-out tasks; never trained on.
        case evaluation
        /// Played before the first step, to learn how often the starting policy solves each prompt.
        case offline
        /// Greedy answers that others are measured against; not trained on.
        case baseline
    }

    public let purpose: Purpose
    public let index: Int

    public init(_ index: Int, purpose: Purpose = .training) {
        self.purpose = purpose
        self.index = index
    }

    public static func < (left: GroupID, right: GroupID) -> Bool {
        (left.purpose.rawValue, left.index) < (right.purpose.rawValue, right.index)
    }

    /// "12", or "evaluation-12".
    public var description: String { purpose == .training ? "\(index)" : "\(purpose.rawValue)-\(index)" }
}

/// Names a rollout within a run: its group and which member of it.
public struct RolloutID: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let group: GroupID
    public let member: Int

    public init(group: GroupID, member: Int) {
        self.group = group
        self.member = member
    }

    public static func < (left: RolloutID, right: RolloutID) -> Bool {
        (left.group, left.member) < (right.group, right.member)
    }

    /// "12.3", or "evaluation-12.3".
    public var description: String { "\(group).\(member)" }
}

/// The record of one play of a task, whole: what was said, which tokens, by which versions, how it ended, its score.
///
/// Keeps: a score is there exactly when the status is `completed` or `truncated`.
public struct Rollout: Hashable, Sendable {
    /// How a rollout ended. Anything but `completed` has a reason beside it.
    public enum Status: String, Hashable, Sendable, Codable, CaseIterable {
        /// Played to its end and scored.
        case completed
        /// Ran out of tokens or turns, and scored as it was.
        case truncated
        /// Stopped by the scheduler and kept for later.
        case aborted
        /// A server, an environment or a judge failed: there is no score, and no group counts it.
        case failed
        /// Scored, but left out of training by a filter.
        case filtered

        /// Whether a rollout that ended so is never played again under its id.
        public var isFinal: Bool {
            switch self {
            case .completed, .truncated, .filtered: true
            case .aborted, .failed: false
            }
        }
    }

    public var id: RolloutID
    public var task: PracticeTask
    public var status: Status
    /// Why the status is what it is, for a person; nil for `completed`.
    public var reason: String?
    /// The conversation, opening messages included.
    public var messages: [Message]
    public var trajectory: TokenTrajectory
    /// Further training samples of the same play: conversations that an agent led beside the one in `messages`. They
    /// share its score, and all of them together have one vote in a group's baseline.
    public var siblings: [TokenTrajectory]
    public var score: Score?
    /// What the sampling of this rollout was seeded with.
    public var seed: UInt64
    /// Seconds since 1970, for people; nothing is computed from them.
    public var startedAt: Double
    public var finishedAt: Double
    /// How often it was interrupted by the scheduler and went on.
    public var resumes: Int
    /// When each policy span was asked for and when it had come, in seconds since 1970; for people. `[policy spans]`
    public var spanTimes: [ClosedRange<Double>]

    public init(
        id: RolloutID, task: PracticeTask, status: Status, reason: String? = nil, messages: [Message],
        trajectory: TokenTrajectory, siblings: [TokenTrajectory] = [], score: Score?, seed: UInt64, startedAt: Double,
        finishedAt: Double, resumes: Int = 0, spanTimes: [ClosedRange<Double>] = []
    ) {
        self.id = id
        self.task = task
        self.status = status
        self.reason = reason
        self.messages = messages
        self.trajectory = trajectory
        self.siblings = siblings
        self.score = score
        self.seed = seed
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.resumes = resumes
        self.spanTimes = spanTimes
    }
}

extension Rollout {
    /// All that is trained on: `trajectory`, and the siblings.
    public var trajectories: [TokenTrajectory] { [trajectory] + siblings }

    /// How many tokens the policy sampled, in all of them.
    public var policyTokenCount: Int {
        siblings.reduce(trajectory.policyTokenCount) { $0 + $1.policyTokenCount }
    }

    /// The version of its oldest policy token; nil before the first.
    public var oldestVersion: Int? {
        trajectories.lazy.flatMap(\.spans).compactMap { $0.policy?.version.number }.min()
    }
}
