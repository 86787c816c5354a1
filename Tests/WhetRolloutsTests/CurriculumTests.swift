import Testing
import WhetCore
import WhetEnvironments
import WhetRollouts

@Suite("Curriculum")
struct CurriculumTests {
    private func curriculum(seed: UInt64 = 1, heldOut: Int = 20, evaluationSeed: UInt64 = 5) async throws -> Curriculum
    {
        try await Curriculum(
            entries: [.init(environment: TwoTurns(), levels: 0...3)], seed: seed,
            heldOut: .init(count: heldOut, seed: evaluationSeed))
    }

    @Test("the how-manieth task is always the same task")
    func repeats() async throws {
        let one = try await curriculum(), two = try await curriculum()
        for index in [0, 7, 3, 7, 1_000] { #expect(try await one.task(index) == two.task(index)) }
    }

    @Test("no training task opens like a held-out one; held-out ones are all different")
    func holdsOut() async throws {
        let curriculum = try await curriculum()
        let openings = Set(curriculum.evaluationTasks.map(\.messages))
        #expect(openings.count == 20)
        for index in 0..<300 { #expect(!openings.contains(try await curriculum.task(index).messages)) }
    }

    @Test("levels come from their range, all of them")
    func drawsLevels() async throws {
        let curriculum = try await curriculum(heldOut: 0)
        var levels: Set<Int> = []
        for index in 0..<100 { levels.insert(try await curriculum.task(index).level) }
        #expect(levels == [0, 1, 2, 3])
    }

    @Test("says so when there are not enough different tasks")
    func refusesTooMany() async {
        await #expect(throws: WhetError.self) { try await curriculum(heldOut: 51) }
    }

    @Test("held-out tasks depend on their own seed alone")
    func keepsHeldOut() async throws {
        #expect(try await curriculum(seed: 1).evaluationTasks == curriculum(seed: 2).evaluationTasks)
        #expect(try await curriculum(evaluationSeed: 6).evaluationTasks != curriculum().evaluationTasks)
    }
}
