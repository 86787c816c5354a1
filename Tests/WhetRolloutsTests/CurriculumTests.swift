import Testing
import WhetCore
import WhetEnvironments
import WhetRollouts

@Suite("Curriculum")
struct CurriculumTests {
    private func curriculum(seed: UInt64 = 1, heldOut: Int = 20, evaluationSeed: UInt64 = 5) throws -> Curriculum {
        try Curriculum(
            entries: [.init(environment: TwoTurns(), levels: 0...3)], seed: seed,
            heldOut: .init(count: heldOut, seed: evaluationSeed))
    }

    @Test("the how-manieth task is always the same task")
    func repeats() throws {
        let one = try curriculum(), two = try curriculum()
        for index in [0, 7, 3, 7, 1_000] { #expect(try one.task(index) == two.task(index)) }
    }

    @Test("no training task opens like a held-out one; held-out ones are all different")
    func holdsOut() throws {
        let curriculum = try curriculum()
        let openings = Set(curriculum.evaluationTasks.map(\.messages))
        #expect(openings.count == 20)
        for index in 0..<300 { #expect(!openings.contains(try curriculum.task(index).messages)) }
    }

    @Test("levels come from their range, all of them")
    func drawsLevels() throws {
        let curriculum = try curriculum(heldOut: 0)
        #expect(Set(try (0..<100).map { try curriculum.task($0).level }) == [0, 1, 2, 3])
    }

    @Test("says so when there are not enough different tasks")
    func refusesTooMany() {
        #expect(throws: WhetError.self) { try curriculum(heldOut: 51) }
    }

    @Test("held-out tasks depend on their own seed alone")
    func keepsHeldOut() throws {
        #expect(try curriculum(seed: 1).evaluationTasks == curriculum(seed: 2).evaluationTasks)
        #expect(try curriculum(evaluationSeed: 6).evaluationTasks != curriculum().evaluationTasks)
    }
}
