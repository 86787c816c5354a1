import Foundation
import Testing
import WhetCore
import WhetEngine
import WhetEnvironments
import WhetHTTP
import WhetInference
import WhetRollouts
import WhetServer

@testable import WhetAgents

/// Run by `scripts/test-integration agents`, which makes a Python with the openai package.
private let python = ProcessInfo.processInfo.environment["WHET_AGENT_PYTHON"]

@Suite("An agent with the real openai package", .enabled(if: python != nil), .timeLimit(.minutes(5)))
struct OpenAIPackageTests {
    @Test("works against the proxy on the embedded engine, and all that was sampled is in the rollout")
    func playsOnEngine() async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "scripts/integration/openai_agent.py")
        let agent = AgentProgram([try #require(python), script.path], scoring: .rewardFile, totalTime: .seconds(240))
        let limits = EpisodeLimits(
            sampling: SamplingParameters(maximumNewTokens: 400), maximumTurns: 40, maximumContext: 256)
        try await EmbeddedServer(try ServedModel(directory: Fixtures.qwen3, threads: 2)).withServer { url in
            let client = try HTTPClient()
            let server = try await InferenceServerKind.connect(url.absoluteString, client: client)
            let rollout = try await AgentPlayer.withPlayer { agents in
                try await Fixtures.player(agent, on: server, agents)
                    .play(try Fixtures.plan(), limits: limits, version: .initial)
            }
            #expect(rollout.status == .completed, "\(rollout.reason ?? "")")
            #expect(rollout.score?.isSolved == true, "\(rollout.score?.reason ?? "")")
            // The agent says how many tokens it was told of.
            let told = rollout.score?.reason.flatMap { Int($0) }
            #expect(rollout.trajectories.reduce(0) { $0 + $1.policyTokenCount } == told)
            print("\(rollout.trajectories.count) samples, \(told ?? 0) sampled tokens, "
                + "\(rollout.trajectories.flatMap(\.spans).count { $0.policy != nil }) turns")
        }
    }
}
