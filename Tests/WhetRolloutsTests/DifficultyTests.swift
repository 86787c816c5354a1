import Testing
import WhetCore
import WhetEnvironments

@testable import WhetRollouts

@Suite("Difficulty")
struct DifficultyTests {
    private func curriculum(_ difficulty: Difficulty, levels: ClosedRange<Int> = 0...9) async throws -> Curriculum {
        try await Curriculum(
            entries: [.init(environment: TwoTurns(), levels: levels, difficulty: difficulty)], seed: 1,
            heldOut: .init(count: 0, seed: 2))
    }

    private func outcome(_ level: Int, _ solved: Int, of size: Int = 4) -> Curriculum.Outcome {
        .init(environment: TwoTurns().name, level: level, solved: (0..<size).map { $0 < solved })
    }

    @Test("the upper level rises after enough solved rollouts at it, and the counts start anew")
    func rises() async throws {
        let curriculum = try await curriculum(.adaptive(.init(window: 2, minimumPrompts: 2, accuracy: 0.75)))
        var state = Curriculum.State()
        func upper() -> Int { state.adaptive[TwoTurns().name]?.upper ?? 0 }
        curriculum.observe([outcome(0, 4)], &state)
        #expect(upper() == 0, "one prompt is not enough")
        curriculum.observe([outcome(0, 2)], &state)
        #expect(upper() == 1, "6 of 8 is 0.75")
        curriculum.observe([outcome(0, 4), outcome(0, 4), outcome(0, 4)], &state)
        #expect(upper() == 1, "below the upper level nothing counts")
        curriculum.observe([outcome(1, 4), outcome(1, 1)], &state)
        #expect(upper() == 1, "5 of 8 is too few")
        curriculum.observe([outcome(1, 4), outcome(1, 2)], &state)
        #expect(upper() == 2, "the earlier 5 of 8 were forgotten")
    }

    @Test("levels are drawn from the window up to the upper level, and stay in range")
    func window() async throws {
        let curriculum = try await curriculum(
            .adaptive(.init(window: 3, minimumPrompts: 1, accuracy: 0.5)), levels: 1...6)
        var state = Curriculum.State()
        #expect(try await curriculum.task(0, state: state).level == 1)
        for level in 1...20 { curriculum.observe([outcome(min(level, 6), 4)], &state) }
        #expect(state.adaptive[TwoTurns().name]?.upper == 6)
        var levels: Set<Int> = []
        for index in 0..<200 { levels.insert(try await curriculum.task(index, state: state).level) }
        #expect(levels == [4, 5, 6])
    }

    @Test("learning progress goes where accuracy changes, and never quite leaves the rest")
    func progress() async throws {
        let curriculum = try await curriculum(.learningProgress(.init()), levels: 0...2)
        var state = Curriculum.State()
        for visit in 0..<40 {
            curriculum.observe([outcome(0, 4), outcome(1, min(4, visit / 10)), outcome(2, 0)], &state)
        }
        var counts = [0, 0, 0]
        for index in 0..<600 { counts[try await curriculum.task(index, state: state).level] += 1 }
        #expect(counts[1] > 2 * counts[0] && counts[1] > 2 * counts[2], "\(counts)")
        #expect(counts.allSatisfy { $0 > 20 }, "\(counts)")
    }

    @Test("the state comes back from JSON as it was")
    func roundTrip() async throws {
        let curriculum = try await curriculum(.learningProgress(.init()), levels: 0...2)
        var state = Curriculum.State()
        curriculum.observe([outcome(0, 3), outcome(1, 1)], &state)
        #expect(try JSONValue(encoding: state).decoded(as: Curriculum.State.self) == state)
    }

    @Test("groups nobody scored count for nothing")
    func empty() async throws {
        let curriculum = try await curriculum(.adaptive(.init(minimumPrompts: 1, accuracy: 0.1)))
        var state = Curriculum.State()
        curriculum.observe([.init(environment: TwoTurns().name, level: 0, solved: [])], &state)
        #expect(state == Curriculum.State())
    }
}
