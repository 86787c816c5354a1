import WhetCore
import WhetStore

/// Whole rollouts of lines, read from the store some groups at a time.
///
/// Keeps: a page has about as many tokens and rollouts as the bounds say, or one group if that has more.
struct ExportPages {
    private struct Group {
        let run: String
        let id: GroupID
        let tokens: Int
        let rollouts: Int
        let lines: [[RolloutID]]
    }

    private static let mostTokens = 1_000_000
    private static let mostRollouts = 512

    private let store: RolloutStore
    private var rest: ArraySlice<Group>

    /// - Parameters:
    ///   - listings: groups together.
    ///   - lines: chooses the lines of a group.
    init(of listings: [RolloutListing], in store: RolloutStore, lines: ([RolloutListing]) -> [[RolloutID]]) {
        self.store = store
        var groups: [Group] = []
        var start = 0
        for end in listings.indices.map({ $0 + 1 })
        where end == listings.count || listings[end].id.group != listings[start].id.group
            || listings[end].run != listings[start].run
        {
            let members = Array(listings[start..<end])
            start = end
            let chosen = lines(members)
            guard let first = members.first, !chosen.isEmpty else { continue }
            groups.append(
                Group(
                    run: first.run, id: first.id.group, tokens: members.reduce(0) { $0 + $1.tokens },
                    rollouts: members.count, lines: chosen))
        }
        rest = groups[...]
    }

    /// The rollouts of the next lines, nil for a line of which one is no longer there; nil at the end.
    mutating func next() async throws -> [[StoredRollout]?]? {
        guard let first = rest.first else { return nil }
        var page: [Group] = []
        var (tokens, rollouts) = (0, 0)
        while let group = rest.first, group.run == first.run,
            page.isEmpty || (tokens + group.tokens <= Self.mostTokens && rollouts + group.rollouts <= Self.mostRollouts)
        {
            page.append(group)
            tokens += group.tokens
            rollouts += group.rollouts
            rest.removeFirst()
        }
        let stored = try await store.rollouts(RolloutFilter(run: first.run, groups: page.map(\.id)))
        let byID = Dictionary(stored.map { ($0.rollout.id, $0) }) { first, _ in first }
        return page.flatMap(\.lines).map { line in
            let found = line.compactMap { byID[$0] }
            return found.count == line.count ? found : nil
        }
    }
}
