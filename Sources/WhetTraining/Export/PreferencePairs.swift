import WhetCore
import WhetStore

/// The best and the worst of a group: `{"prompt": […], "chosen": […], "rejected": […], "tools": […]}`, as TRL's trainers
/// on preferences read it.
///
/// Keeps: both answer the same prompt, the chosen has the higher reward, and they do not say the same.
public struct PreferencePairs: ExportForm {
    /// What is asked of the two.
    public struct Bounds: Hashable, Sendable {
        /// The chosen has at least this reward, the rejected at most that.
        public var chosen: Double?
        public var rejected: Double?
        /// The least difference of their rewards.
        public var margin: Double?
        /// True: the chosen solved its task. False: neither did.
        public var isSolved: Bool?

        public init(chosen: Double? = nil, rejected: Double? = nil, margin: Double? = nil, isSolved: Bool? = nil) {
            self.chosen = chosen
            self.rejected = rejected
            self.margin = margin
            self.isSolved = isSolved
        }
    }

    private let form: ConversationForm
    private let bounds: Bounds
    /// Whether the filter names a status.
    private let takesAnyStatus: Bool

    public init(_ form: ConversationForm, bounds: Bounds = Bounds(), takesAnyStatus: Bool = false) {
        self.form = form
        self.bounds = bounds
        self.takesAnyStatus = takesAnyStatus
    }

    /// Rewards and verdicts are asked of the two, not of all who may be one.
    public func narrowed(_ filter: RolloutFilter) -> RolloutFilter {
        var filter = filter.training
        (filter.rewards, filter.isSolved) = (nil, nil)
        return filter
    }

    public func lines(of group: [RolloutListing], _ report: inout ExportReport) -> [[RolloutID]] {
        let candidates = group.candidates(ofAnyStatus: takesAnyStatus, &report).bestFirst
        guard let best = candidates.first, let least = candidates.last?.reward, let most = best.reward,
            let worst = candidates.first(where: { $0.reward == least }), candidates.count > 1
        else {
            report.leaveOut(.lone)
            return []
        }
        guard most > least else {
            report.leaveOut(.tied)
            return []
        }
        guard most - least >= bounds.margin ?? 0 else {
            report.leaveOut(.close)
            return []
        }
        let solves =
            switch bounds.isSolved {
            case true?: best.isSolved == true
            case false?: best.isSolved == false && worst.isSolved == false
            case nil: true
            }
        guard solves, most >= bounds.chosen ?? most, least <= bounds.rejected ?? least else {
            report.leaveOut(.outOfBounds)
            return []
        }
        return [[best.id, worst.id]]
    }

    public func append(
        _ rollouts: [StoredRollout], to text: inout JSONText, _ report: inout ExportReport
    ) async throws -> Bool {
        guard rollouts.count == 2, let chosen = try await ExportedConversation(rollouts[0], as: form),
            let rejected = try await ExportedConversation(rollouts[1], as: form)
        else {
            report.leaveOut(.unanswered)
            return false
        }
        guard chosen.prompt == rejected.prompt, chosen.tools == rejected.tools else {
            report.leaveOut(.otherPrompts)
            return false
        }
        guard chosen.answer != rejected.answer else {
            report.leaveOut(.sameAnswers)
            return false
        }
        text.append(raw: #"{"prompt":"#)
        text.append(chosen.prompt, form.arguments)
        text.append(key: "chosen")
        text.append(chosen.answer, form.arguments)
        text.append(key: "rejected")
        text.append(rejected.answer, form.arguments)
        if let tools = chosen.tools {
            text.append(key: "tools")
            text.append(tools)
        }
        text.append(raw: "}")
        return true
    }
}
