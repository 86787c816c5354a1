import Testing
import WhetCore
import WhetRollouts

@Suite("Playing an episode")
struct EpisodePlayerTests {
    private let limits = EpisodeLimits(sampling: SamplingParameters(maximumNewTokens: 64), maximumTurns: 4)

    private func play(
        limits: EpisodeLimits? = nil, version: PolicyVersion? = .initial, answer: @escaping ScriptedServer.Answer
    ) async throws -> (Rollout, ScriptedServer) {
        let server = ScriptedServer(answer: answer)
        let plan = try Fixtures.plans(1, size: 1)[0]
        let rollout = try await Fixtures.player(server).play(plan, limits: limits ?? self.limits, version: version)
        return (rollout, server)
    }

    @Test("keeps exactly the ids that were sampled, and continues with them")
    func continuesWithIDs() async throws {
        let (rollout, server) = try await play { request in
            try Fixtures.generation(request.id.hasSuffix("-0") ? "well" : "yes", to: request)
        }
        #expect(rollout.status == .completed)
        #expect(rollout.score?.isSolved == true)
        #expect(rollout.messages.map(\.content) == ["number 0", "well", "again", "yes"])
        let first = try Fixtures.format().turn(saying: "well")
        let spans = rollout.trajectory.spans
        #expect(spans.count == 4)
        #expect(spans[1].tokens == first)
        #expect(server.requests[1].tokens == spans[0].tokens + first + spans[2].tokens)
        #expect(rollout.trajectory.policyTokenCount == spans[1].tokens.count + spans[3].tokens.count)
    }

    @Test("a conversation over turns has the tokens of the rendered conversation")
    func continuationAgreesWithTemplate() async throws {
        let (rollout, _) = try await play { request in
            try Fixtures.generation(request.id.hasSuffix("-0") ? "well" : "yes", to: request)
        }
        let format = try Fixtures.format()
        let rendered = try format.template.render(
            messages: rollout.messages.dropLast(), tools: nil, addGenerationPrompt: true)
        let played = rollout.trajectory.spans.prefix(3).flatMap(\.tokens)
        #expect(format.tokenizer.decode(played) == rendered)
    }

    @Test("every request has a name and a seed of its own")
    func namesRequests() async throws {
        let (_, server) = try await play { try Fixtures.generation("yes", to: $0) }
        #expect(server.requests.map(\.id) == ["test-0.0-0", "test-0.0-1"])
        #expect(Set(server.requests.map(\.seed)).count == 2)
    }

    @Test("tokens used in one turn are missing in the next")
    func keepsBudget() async throws {
        let (_, server) = try await play { try Fixtures.generation("yes", to: $0) }
        let used = try Fixtures.format().turn(saying: "yes").count
        #expect(server.requests.map(\.sampling.maximumNewTokens) == [64, 64 - used])
    }

    @Test("running out of tokens or turns truncates, and is scored as it is")
    func truncates() async throws {
        let (long, _) = try await play { try Fixtures.generation("yes", to: $0, finish: .length) }
        #expect(long.status == .truncated && long.score != nil && long.reason != nil)
        let (short, _) = try await play(limits: EpisodeLimits(sampling: SamplingParameters(), maximumTurns: 1)) {
            try Fixtures.generation("yes", to: $0)
        }
        #expect(short.status == .truncated && short.score?.isSolved == true)
        let (full, server) = try await play(
            limits: EpisodeLimits(sampling: SamplingParameters(), maximumTurns: 4, maximumContext: 3)
        ) { try Fixtures.generation("yes", to: $0) }
        #expect(full.status == .truncated && server.requests.isEmpty)
        #expect(full.reason?.contains("the policy's context holds 3") == true)
    }

    @Test("what fails has a reason and no score", arguments: ["server", "scorer", "version", "no version"])
    func failsWithReason(part: String) async throws {
        let (rollout, _) = try await play(version: part == "no version" ? nil : .initial) { request in
            if part == "server" { throw WhetError("the server is gone") }
            let version = ["version": 3, "no version": nil][part, default: 0]
            return try Fixtures.generation(part == "scorer" ? "crash" : "yes", to: request, version: version)
        }
        #expect(rollout.status == .failed)
        #expect(rollout.score == nil)
        #expect(rollout.reason?.isEmpty == false)
    }

    @Test("an abort keeps what there is")
    func keepsAborted() async throws {
        let (rollout, _) = try await play { try Fixtures.generation("ye", to: $0, finish: .abort) }
        #expect(rollout.status == .aborted)
        #expect(rollout.score == nil)
        #expect(rollout.trajectory.policyTokenCount > 0)
    }
}
