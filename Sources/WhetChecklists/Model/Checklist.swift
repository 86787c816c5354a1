/// What a dialogue is judged by: for each user turn, items that are met or not.
///
/// Source of the idea: CM2 (checklist rewards for agentic tool use); see docs/checklists.md.
public struct Checklist: Hashable, Sendable {
    /// What the assistant's part of one user turn should do.
    public struct Turn: Hashable, Sendable {
        /// In the order in which they were written; ids are unique within a turn, weights sum to 1.
        public var items: [ChecklistItem]

        public init(items: [ChecklistItem]) { self.items = items }
    }

    /// What people call it.
    public var name: String?
    /// One for each message of the user, in order.
    public var turns: [Turn]

    public init(name: String? = nil, turns: [Turn]) {
        self.name = name
        self.turns = turns
    }
}
