import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

/// What games claim of themselves, proved by `SoundnessCheck`: the figures of `whet env check` on fewer problems.
@Suite("Interactive environments: claims")
struct GameClaimTests {
    @Test("every game is what it claims to be", arguments: GameType.all)
    func claims(_ game: GameType) async throws {
        var bounds = SoundnessBounds()
        bounds.hugeAnswer = 4096
        bounds.hostileProblems = 1
        let entry = try EnvironmentCatalog.gym.entry(named: game.type.name)
        let report = try await SoundnessCheck(entry, bounds: bounds).report(seeds: 20, levels: 0...1)
        #expect(report.isSound, "\(report.findings)")
        #expect(report.figures.comparisons.isEmpty == !entry.claims.leavesToChance)
    }

    @Test("the next palindrome earns exactly 1, the one after it does not pass, at every level")
    func palindromes() throws {
        let environment = Procedural(NextPalindromic())
        for level in 0...NextPalindromic.maximumLevel {
            for seed in 0..<UInt64(100) {
                let problem = try environment.problem(level: level, seed: seed)
                let right = problem.referenceAnswer
                #expect(environment.base.score(Answer(right), for: problem) == 1)
                #expect(environment.base.score(Answer("00" + right), for: problem) == 1)
                let next = NextPalindromic.nextPalindrome(try #require(Int(right)))
                let reward = environment.base.score(Answer("\(next)"), for: problem)
                #expect(!environment.base.isSolved(reward, problem: problem) && reward > 0)
            }
        }
    }
}
