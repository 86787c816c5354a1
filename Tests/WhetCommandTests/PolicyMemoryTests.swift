import Testing
import WhetCore
import WhetTraining

@testable import whet

@Suite("A policy's memory")
struct PolicyMemoryTests {
    private func memory(of settings: String) throws -> PolicyMemory {
        let recipe = try Recipe(
            yaml: "environments: [{name: Sorting}]\npolicy: {architecture: {\(settings)}}", catalog: .whet)
        let architecture = try #require(recipe.policy.architecture)
        return PolicyMemory(try PolicyDirectory.configuration(architecture, vocabulary: 259, endOfTurn: 0), in: recipe)
    }

    @Test("is refused where it certainly is not there, with both sizes")
    func tooLarge() throws {
        let large = try memory(of: "hidden_size: 8192, layers: 64, intermediate_size: 32768")
        let error = try #require(throws: WhetError.self) { try large.check(at: "policy.architecture", within: 32e9) }
        #expect(error.problem.contains("GB of memory") && error.problem.contains("32.0 GB"), "\(error)")
        #expect(error.expected == "at most 1600 million parameters")
        try large.check(at: "policy.architecture", within: 10e12)
    }

    @Test("of the shortest recipe is there on any machine")
    func small() throws { try memory(of: "").check(at: "policy.architecture", within: 1e9) }
}
