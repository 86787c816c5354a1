/// Whether an item has to wait for those that it depends on.
public enum DependenceRule: String, Hashable, Sendable, CaseIterable {
    /// An item is met at a step only if its dependences were met at earlier ones, and may be from then on: equations
    /// (2) and (3) of CM2's paper.
    case earlierSteps = "earlier_steps"
    /// Dependences are only reported: what CM2's published code does for the scores of turns.
    case ignored
}

/// What the judgments of a turn come to.
public struct TurnOutcome: Hashable, Sendable {
    public struct Item: Hashable, Sendable {
        /// The first step at which it could be met; nil if what it depends on was never met before a step.
        public var openFrom: Int?
        /// The step that met it; from then on it is closed.
        public var metAt: Int?

        /// Whether it could still be met at a step.
        public func isOpen(at step: Int) -> Bool {
            guard let openFrom else { return false }
            return openFrom <= step && step <= metAt ?? step
        }

        /// How many steps it was open and not met; nil if it never was.
        public var delay: Int? {
            guard let openFrom, let metAt else { return nil }
            return metAt - openFrom
        }
    }

    /// In the order of the turn's items.
    public let items: [Item]

    /// Judgments that are not known count as not met; see `JudgedTurn.unknown`.
    public init(_ turn: JudgedTurn, dependences rule: DependenceRule = .earlierSteps) {
        let places = Dictionary(turn.items.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        let dependences = turn.items.map { item in
            rule == .ignored ? [] : item.dependences.map { places[$0] }
        }
        var items = [Item](repeating: Item(), count: turn.items.count)
        for (step, judgments) in turn.judgments.enumerated() {
            // All are opened before any is met: what a step meets opens others for the next.
            for index in items.indices where items[index].openFrom == nil {
                let isOpen = dependences[index].allSatisfy { place in place.map { items[$0].metAt != nil } ?? false }
                if isOpen { items[index].openFrom = step }
            }
            for index in items.indices where items[index].isOpen(at: step) && judgments[index].isMet {
                items[index].metAt = items[index].metAt ?? step
            }
        }
        self.items = items
    }
}

extension JudgedTurn {
    /// The sum of the weights of the items that were met: 0…1.
    public func score(dependences rule: DependenceRule = .earlierSteps) -> Double {
        zip(items, TurnOutcome(self, dependences: rule).items).reduce(0) { $1.1.metAt == nil ? $0 : $0 + $1.0.weight }
    }

    /// Whether every item that the next turn requires was met; nil where that is not known.
    public func allowsNextTurn(dependences rule: DependenceRule = .earlierSteps) -> Bool? {
        guard unknown == nil else { return nil }
        return zip(items, TurnOutcome(self, dependences: rule).items).allSatisfy {
            !$0.isRequiredForNextTurn || $1.metAt != nil
        }
    }
}

extension [JudgedTurn] {
    /// Whether the dialogue goes on, by several checklists: not if more than half of them stop it, nor if something is
    /// unknown.
    public func allowNextTurn(dependences rule: DependenceRule = .earlierSteps) -> Bool {
        let votes = map { $0.allowsNextTurn(dependences: rule) }
        guard !votes.contains(nil) else { return false }
        return votes.count { $0 == false } * 2 <= votes.count
    }
}
