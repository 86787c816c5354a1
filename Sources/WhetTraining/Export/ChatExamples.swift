import WhetCore
import WhetStore

/// Conversations to imitate: `{"messages": […], "tools": […]}`, as TRL, Axolotl and OpenAI's fine-tuning read them.
///
/// Keeps: what no judge scored, and what was cut short, is nobody's example unless it is asked for by its status.
public struct ChatExamples: ExportForm {
    private let form: ConversationForm
    /// Of a group's rollouts, the best first; nil takes all.
    private let perGroup: Int?
    /// Whether the filter names a status.
    private let takesAnyStatus: Bool

    public init(_ form: ConversationForm, perGroup: Int? = 1, takesAnyStatus: Bool = false) {
        self.form = form
        self.perGroup = perGroup
        self.takesAnyStatus = takesAnyStatus
    }

    /// What is held out stays so, unless it is asked for.
    public func narrowed(_ filter: RolloutFilter) -> RolloutFilter { filter.training }

    public func lines(of group: [RolloutListing], _ report: inout ExportReport) -> [[RolloutID]] {
        let candidates = group.candidates(ofAnyStatus: takesAnyStatus, &report).bestFirst
        let taken = candidates.prefix(perGroup ?? .max)
        report.leaveOut(.behind, candidates.count - taken.count)
        // Those of a group in the order of its members.
        return taken.map(\.id).sorted().map { [$0] }
    }

    public func append(
        _ rollouts: [StoredRollout], to text: inout JSONText, _ report: inout ExportReport
    ) async throws -> Bool {
        guard let stored = rollouts.first, let conversation = try await ExportedConversation(stored, as: form) else {
            report.leaveOut(.unanswered)
            return false
        }
        text.append(raw: #"{"messages":"#)
        text.append(conversation.prompt + conversation.answer, form.arguments)
        if let tools = conversation.tools {
            text.append(key: "tools")
            text.append(tools)
        }
        text.append(raw: "}")
        return true
    }
}

extension RolloutFilter {
    /// Training rollouts, where no other purpose is named.
    var training: RolloutFilter {
        var filter = self
        filter.purpose = filter.purpose ?? .training
        return filter
    }
}

extension [RolloutListing] {
    /// Those that have a score and came to their end.
    func candidates(ofAnyStatus takesAny: Bool, _ report: inout ExportReport) -> [RolloutListing] {
        filter { rollout in
            guard rollout.reward?.isFinite == true else {
                report.leaveOut(.unscored)
                return false
            }
            switch rollout.status {
            case _ where takesAny: return true
            case .truncated: report.leaveOut(.truncated)
            case .filtered: report.leaveOut(.filtered)
            default: return true
            }
            return false
        }
    }

    /// By reward; of equal ones the member with the lower number.
    var bestFirst: [RolloutListing] {
        sorted { ($0.reward ?? 0, $1.id) > ($1.reward ?? 0, $0.id) }
    }
}
