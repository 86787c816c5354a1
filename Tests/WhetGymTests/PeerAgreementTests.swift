import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

@Suite("Agreement with RLVE-Gym")
struct PeerAgreementTests {
    @Test("every environment of the fixtures is there")
    func isComplete() throws {
        let names = Set(PeerProblem.files.map { $0.deletingPathExtension().lastPathComponent })
        #expect(names.count >= 70)
        #expect(names.subtracting(EnvironmentCatalog.gym.names).sorted() == [])
    }

    @Test("gives RLVE-Gym's rewards and accuracy", arguments: try PeerProblem.all())
    func agrees(_ sample: PeerProblem) throws {
        guard let type = try EnvironmentCatalog.gym.entry(named: sample.environment).procedural else { return }
        try check(type, sample)
    }

    private func check<Base: ProceduralEnvironment>(_ type: Base.Type, _ sample: PeerProblem) throws {
        let environment = Base()
        let problem = try sample.problem.decoded(as: Base.Problem.self)
        for output in sample.outputs {
            let reward = environment.reward(forOutput: output.text, problem: problem)
            #expect(abs(reward - output.reward) < 1e-6, "\(output.text) of \(sample.problem.text())")
            #expect(environment.isSolved(reward, problem: problem) == output.isSolved, "\(output.text)")
        }
    }
}
