import Foundation
import Testing
import WhetCore

@testable import WhetStore

@Suite("Questions to the store")
struct QueryTests {
    /// Groups 0 to 5 of two members, a step a group; the second member of odd groups failed.
    private func populated(in folder: TemporaryFolder) async throws -> (store: RolloutStore, rollouts: [Rollout]) {
        let store = try await RolloutStore.withRun(in: folder)
        var rollouts: [Rollout] = []
        for group in 0..<6 {
            let environment = group < 3 ? "Sorting" : "Multiplication"
            let members: [Rollout] = try [
                .sample(group, 0, reward: Double(group) / 5, environment: environment, tokens: group + 1),
                .sample(
                    group, 1, status: group % 2 == 1 ? .failed : .truncated, reward: -1, environment: environment,
                    tokens: 0),
            ]
            try await store.record(members, step: group)
            rollouts += members
        }
        return (store, rollouts)
    }

    @Test("each filter gives what a loop over all rollouts gives")
    func filters() async throws {
        let folder = try TemporaryFolder()
        let (store, all) = try await populated(in: folder)
        func check(_ filter: RolloutFilter, _ matches: (Rollout) -> Bool) async throws {
            let expected = all.filter(matches)
            #expect(try await store.rollouts(filter).map(\.rollout) == expected, "\(filter)")
            #expect(try await store.list(filter).map(\.id) == expected.map(\.id))
            #expect(try await store.count(filter) == expected.count)
        }
        try await check(RolloutFilter()) { _ in true }
        try await check(RolloutFilter(run: "nobody")) { _ in false }
        try await check(RolloutFilter(run: "run", groups: [GroupID(4), GroupID(1)])) {
            [1, 4].contains($0.id.group.index)
        }
        try await check(RolloutFilter(groups: [GroupID(4)])) { $0.id.group.index == 4 }
        try await check(RolloutFilter(groups: [])) { _ in false }
        try await check(RolloutFilter(groups: [GroupID(1, purpose: .evaluation)])) { _ in false }
        try await check(RolloutFilter(member: 1)) { $0.id.member == 1 }
        try await check(RolloutFilter(steps: 2...3)) { (2...3).contains($0.id.group.index) }
        try await check(RolloutFilter(statuses: [.failed, .completed])) { [.failed, .completed].contains($0.status) }
        try await check(RolloutFilter(statuses: [])) { _ in false }
        try await check(RolloutFilter(environment: "Multiplication")) { $0.task.environment == "Multiplication" }
        try await check(RolloutFilter(level: 2)) { $0.task.level == 2 }
        try await check(RolloutFilter(rewards: 0.2...1)) { ($0.score?.reward).map { (0.2...1).contains($0) } ?? false }
        try await check(RolloutFilter(isSolved: true)) { $0.score?.isSolved == true }
        try await check(RolloutFilter(run: "run", steps: 0...4, statuses: [.completed], environment: "Sorting")) {
            $0.status == .completed && $0.task.environment == "Sorting"
        }
    }

    @Test("pages follow one another without gap or double")
    func paging() async throws {
        let folder = try TemporaryFolder()
        let (store, all) = try await populated(in: folder)
        var seen: [RolloutID] = []
        for offset in stride(from: 0, to: 15, by: 5) {
            seen += try await store.list(RolloutFilter(offset: offset, limit: 5)).map(\.id)
        }
        #expect(seen == all.map(\.id))
        #expect(try await store.list(RolloutFilter(order: .newestFirst, limit: 1)).map(\.id) == [all.last?.id])
        #expect(try await store.count(RolloutFilter(limit: 5)) == 12)
    }

    @Test("a line of the list says what the rollout says")
    func listing() async throws {
        let folder = try TemporaryFolder()
        let (store, _) = try await populated(in: folder)
        let lines = try await store.list(RolloutFilter(groups: [GroupID(5)]))
        #expect(lines[0].reward == 1 && lines[0].isSolved == true && lines[0].policyTokens == 6 && lines[0].tokens == 9)
        #expect(lines[0].versions == 0...0 && lines[0].server == "http://127.0.0.1:1" && lines[0].step == 5)
        #expect(
            lines[1].reward == nil && lines[1].isSolved == nil && lines[1].versions == nil
                && lines[1].reason == "because")
    }

    @Test("statistics count failures, but average only scores")
    func statistics() async throws {
        let folder = try TemporaryFolder()
        let (store, _) = try await populated(in: folder)
        let statuses = try await store.statistics(RolloutFilter(run: "run"), by: .status)
        #expect(statuses.map(\.value) == ["completed", "failed", "truncated"])
        #expect(statuses.map(\.rollouts) == [6, 3, 3] && statuses.map(\.scored) == [6, 0, 3])
        #expect(statuses.map(\.accuracy) == [1.0 / 6, nil, 0] && statuses.map(\.meanReward) == [0.5, nil, -1])
        #expect(statuses[0].meanPolicyTokens == 3.5 && statuses[0].maximumPolicyTokens == 6)
        let steps = try await store.statistics(RolloutFilter(), by: .step)
        #expect(steps.map(\.value) == ["0", "1", "2", "3", "4", "5"])
        for key in RolloutStatistics.Key.allCases {
            #expect(try await store.statistics(RolloutFilter(), by: key).map(\.rollouts).reduce(0, +) == 12)
        }
        #expect(try await store.statistics(RolloutFilter(run: "nobody"), by: .status).isEmpty)
    }

    @Test("a resumed run finds what ended for good")
    func finished() async throws {
        let folder = try TemporaryFolder()
        let (store, all) = try await populated(in: folder)
        let finished = try await store.finishedRollouts(run: "run", groups: [GroupID(1), GroupID(2), GroupID(77)])
        #expect(finished == all.filter { [1, 2].contains($0.id.group.index) && $0.status != .failed })
    }

    @Test("an unknown rollout or run is named in the error")
    func unknown() async throws {
        let folder = try TemporaryFolder()
        let (store, _) = try await populated(in: folder)
        let id = RolloutID(group: GroupID(99), member: 3)
        let error = await #expect(throws: WhetError.self) { try await store.rollout(id, run: "run") }
        #expect(error?.problem.contains("99.3") == true)
        let other = await #expect(throws: WhetError.self) { try await store.rollout(id, run: "runn") }
        #expect(other?.suggestion == "run")
    }
}
