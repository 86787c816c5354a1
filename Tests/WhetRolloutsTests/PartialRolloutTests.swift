import Synchronization
import Testing
import WhetCore
import WhetEnvironments
import WhetTestSupport

@testable import WhetInference
@testable import WhetRollouts

/// Interrupted and resumed; the numbers are those of the traps in facts/partial-rollouts.md.
@Suite("Partial rollouts")
struct PartialRolloutTests {
    private let limits = EpisodeLimits(sampling: SamplingParameters(maximumNewTokens: 64), maximumTurns: 4)

    /// A server that says `texts` one after another; a text that ends in "…" is cut off there, by an abort.
    private func server(_ texts: [String], versions: [Int] = [], drawsByPlace: Bool = false) -> ScriptedServer {
        let place = Mutex(0)
        return ScriptedServer(drawsByPlace: drawsByPlace) { request in
            let index = place.withLock { place in
                defer { place += 1 }
                return place
            }
            let text = texts[min(index, texts.count - 1)]
            let isCut = text.hasSuffix("…")
            return try Fixtures.generation(
                isCut ? String(text.dropLast()) : text, to: request, finish: isCut ? .abort : .stop,
                version: index < versions.count ? versions[index] : 0)
        }
    }

    private func plan() throws -> RolloutPlan { try Fixtures.plans(1, size: 1)[0] }

    @Test("a rollout goes on by ids, from exactly what was sampled (1, 3, 4, 8)")
    func goesOnByIDs() async throws {
        let server = server(["ye…", "s", "yes"], versions: [0, 3, 3])
        let player = try Fixtures.player(server)
        let partial = try await player.play(plan(), limits: limits, version: PolicyVersion(0))
        #expect(partial.status == .aborted && partial.score == nil && partial.reason?.contains("interrupted") == true)
        #expect(partial.messages == partial.task.messages, "an unfinished turn is no message")
        let rollout = try await player.play(Episode(plan: plan(), resuming: partial), limits: limits, version: PolicyVersion(3))
        #expect(rollout.status == .completed)
        #expect(rollout.messages.map(\.content) == ["number 0", "yes", "again", "yes"])
        #expect(server.requests[1].tokens == partial.trajectory.tokens)
        #expect(server.requests.map(\.id) == ["test-0.0-0", "test-0.0-0-1", "test-0.0-1-1"])
        let policies = rollout.trajectory.spans.compactMap(\.policy)
        #expect(policies.map(\.version.number) == [0, 3, 3])
        #expect(policies[0] == partial.trajectory.spans[1].policy, "what was sampled is never written over")
        #expect(rollout.resumes == 1 && rollout.spanTimes.count == 3)
    }

    @Test("a cut in the middle of a character leaves no trace in the text (2)")
    func decodesOnce() async throws {
        let format = try Fixtures.format()
        let words = "naïve 😀 yes"
        let tokens = format.turn(saying: words)
        for cut in 1..<tokens.count {
            let calls = Mutex(0)
            let server = ScriptedServer { request in
                let isFirst = calls.withLock { calls in
                    calls += 1
                    return calls == 1
                }
                let part = Array(isFirst ? tokens[..<cut] : tokens[cut...])
                return try Generation(
                    tokens: part, logProbabilities: part.map { _ in -1 }, finish: isFirst ? .abort : .stop, version: .initial,
                    promptTokens: 0, cachedTokens: 0, request: request, vocabularySize: nil)
            }
            let player = try Fixtures.player(server)
            let limits = EpisodeLimits(sampling: SamplingParameters(), maximumTurns: 1)
            let partial = try await player.play(plan(), limits: limits, version: PolicyVersion(0))
            let rollout = try await player.play(Episode(plan: plan(), resuming: partial), limits: limits, version: PolicyVersion(0))
            #expect(rollout.messages.last?.content == words)
            #expect(Array(rollout.trajectory.tokens.suffix(tokens.count)) == tokens)
        }
    }

    @Test("other sampling parameters are refused (5)")
    func refusesOtherSampling() async throws {
        let player = try Fixtures.player(server(["ye…", "s"]))
        let partial = try await player.play(plan(), limits: limits, version: PolicyVersion(0))
        var other = limits
        other.sampling.temperature = 0.5
        let rollout = try await player.play(Episode(plan: plan(), resuming: partial), limits: other, version: PolicyVersion(0))
        #expect(rollout.status == .failed && rollout.reason?.contains("other sampling parameters") == true)
    }

    @Test("nothing new before the next abort is legal, as often as it happens (9, 18)")
    func nothingNew() async throws {
        let player = try Fixtures.player(server(["ye…", "…", "…", "s", "yes"]))
        var rollout = try await player.play(plan(), limits: limits, version: PolicyVersion(0))
        for resumes in 1...3 {
            let before = rollout.trajectory
            rollout = try await player.play(Episode(plan: plan(), resuming: rollout), limits: limits, version: PolicyVersion(0))
            #expect(rollout.resumes == resumes)
            if resumes < 3 { #expect(rollout.status == .aborted && rollout.trajectory == before) }
        }
        #expect(rollout.messages.map(\.content) == ["number 0", "yes", "again", "yes"])
    }

    @Test("what was generated before counts against both budgets; without a token left it is scored (10, 11)")
    func budgets() async throws {
        let server = server(["yes yes…", "yes"])
        let player = try Fixtures.player(server)
        let partial = try await player.play(plan(), limits: limits, version: PolicyVersion(0))
        let used = partial.trajectory.policyTokenCount
        _ = try await player.play(Episode(plan: plan(), resuming: partial), limits: limits, version: PolicyVersion(0))
        #expect(server.requests[1].sampling.maximumNewTokens == 64 - used)
        let reply = server.requests[2].tokens.count
        #expect(server.requests[2].sampling.maximumNewTokens < 64 - used, "the environment's tokens are not counted")
        let count = server.requests.count
        for limits in [
            EpisodeLimits(sampling: SamplingParameters(maximumNewTokens: used), maximumTurns: 1),
            EpisodeLimits(
                sampling: SamplingParameters(maximumNewTokens: 64), maximumTurns: 1,
                maximumContext: partial.trajectory.count),
        ] {
            let rollout = try await player.play(Episode(plan: plan(), resuming: partial), limits: limits, version: PolicyVersion(0))
            #expect(rollout.status == .truncated && rollout.score != nil)
            #expect(rollout.messages.last?.role == .assistant)
        }
        #expect(server.requests.count == count && reply > 0)
    }

    @Test("a play that takes too long has failed, with what it had (14)")
    func timesOut() async throws {
        let server = ScriptedServer { request in
            if request.id.hasSuffix("-0") { return try Fixtures.generation("well", to: request) }
            try await Task.sleep(for: .seconds(3600))
            throw CancellationError()
        }
        var limits = limits
        limits.seconds = 0.05
        let rollout = try await Fixtures.player(server).play(plan(), limits: limits, version: PolicyVersion(0))
        #expect(rollout.status == .failed && rollout.score == nil)
        #expect(rollout.reason?.contains("timeout_seconds") == true)
        #expect(rollout.messages.map(\.content) == ["number 0", "well", "again"])
    }

    @Test("a server that ignores an abort loses the request, not the rollout (15)")
    func ignoredAbort() async throws {
        let server = ScriptedServer(abort: { _ in throw WhetError("it goes on regardless") }) { request in
            if request.id.hasSuffix("-0") { return try Fixtures.generation("well", to: request) }
            try await Task.sleep(for: .seconds(3600))
            throw CancellationError()
        }
        let player = try Fixtures.player(server)
        let episode = Episode(plan: try plan())
        async let playing = player.play(episode, limits: limits, version: PolicyVersion(0))
        while server.requests.count < 2 { await Task.yield() }
        await player.interrupt(episode)
        let rollout = try await playing
        #expect(rollout.status == .aborted)
        #expect(rollout.messages.map(\.content) == ["number 0", "well", "again"])
    }

    @Test("a stop before the request is sent keeps it from being sent; who ends first stays complete (16)")
    func races() async throws {
        let server = server(["yes"])
        let player = try Fixtures.player(server)
        let stopped = Episode(plan: try plan())
        await player.interrupt(stopped)
        let partial = try await player.play(stopped, limits: limits, version: PolicyVersion(0))
        #expect(partial.status == .aborted && server.requests.isEmpty)
        // The last turn's answer comes at the instant of the abort: it ends as it would have.
        let episodes = Mutex<[Episode]>([])
        let racing = ScriptedServer { request in
            if request.id.hasSuffix("-1") { _ = episodes.withLock { $0[0] }.requestStop() }
            return try Fixtures.generation("yes", to: request)
        }
        let episode = Episode(plan: try plan())
        episodes.withLock { $0 = [episode] }
        let rollout = try await Fixtures.player(racing).play(episode, limits: limits, version: PolicyVersion(0))
        #expect(rollout.status == .completed && rollout.score?.isSolved == true)
    }

    @Test("an environment's reply that was taken up is not asked for again (7, 20)")
    func repliesOnce() async throws {
        let server = server(["well", "ye…", "s"])
        let environment = CountingTurns()
        let player = EpisodePlayer(
            server: server, environments: { _ in environment }, format: try Fixtures.format(), run: "test")
        let partial = try await player.play(plan(), limits: limits, version: PolicyVersion(0))
        #expect(partial.status == .aborted && environment.replies.withLock { $0 } == 1)
        #expect(partial.messages.map(\.content) == ["number 0", "well", "again"])
        let rollout = try await player.play(Episode(plan: plan(), resuming: partial), limits: limits, version: PolicyVersion(0))
        #expect(rollout.messages.map(\.content) == ["number 0", "well", "again", "yes"])
        // The second turn's own question whether that was all.
        #expect(environment.replies.withLock { $0 } == 2)
    }

    @Test("each segment draws anew, unless the server draws by a token's place (38)", arguments: [true, false])
    func seeds(byPlace: Bool) async throws {
        let server = server(["ye…", "s", "yes"], drawsByPlace: byPlace)
        let player = try Fixtures.player(server)
        let partial = try await player.play(plan(), limits: limits, version: PolicyVersion(0))
        _ = try await player.play(Episode(plan: plan(), resuming: partial), limits: limits, version: PolicyVersion(0))
        let seeds = server.requests.map(\.seed)
        #expect((seeds[0] == seeds[1]) == byPlace)
        #expect(seeds[2] != seeds[0] && seeds[2] != seeds[1])
    }
}

extension PartialRolloutTests {
    @Test("what has its last token when it is stopped is scored all the same (19)")
    func scoresStopped() async throws {
        let (scoring, begun) = AsyncStream<Void>.makeStream()
        let gate = Gate()
        let environment = SlowScore(begun: begun, gate: gate)
        let player = EpisodePlayer(
            server: server(["yes"]), environments: { _ in environment }, format: try Fixtures.format(), run: "test")
        let episode = try Episode(plan: plan())
        async let playing = player.play(episode, limits: limits, version: PolicyVersion(0))
        for await _ in scoring {}
        await player.interrupt(episode)
        gate.open()
        let rollout = try await playing
        #expect(rollout.status == .completed && rollout.score?.isSolved == true)
    }
}

extension PartialRolloutTests {
    @Test("who is being judged by somebody else when it is stopped goes on with the judging later")
    func judgingStops() async throws {
        let (judging, begun) = AsyncStream<Void>.makeStream()
        let environment = AbsentJudge(begun: begun)
        let player = EpisodePlayer(
            server: server(["yes"]), environments: { _ in environment }, format: try Fixtures.format(), run: "test")
        let episode = try Episode(plan: plan())
        async let playing = player.play(episode, limits: limits, version: PolicyVersion(0))
        for await _ in judging { break }
        await player.interrupt(episode)
        let partial = try await playing
        #expect(partial.status == .aborted && partial.score == nil && partial.reason?.contains("judged") == true)
        #expect(partial.messages.last?.content == "yes")
        let resumed = try Episode(plan: plan(), resuming: partial)
        let rollout = try await player.play(resumed, limits: limits, version: PolicyVersion(0))
        #expect(rollout.status == .completed && rollout.score?.isSolved == true)
        #expect(rollout.trajectory == partial.trajectory, "nothing was sampled for it")
    }
}

/// One turn, whose first judge never answers.
private final class AbsentJudge: Environment {
    let name = "TwoTurns"
    let computesHere = false
    private let begun: AsyncStream<Void>.Continuation
    private let asked = Mutex(0)

    init(begun: AsyncStream<Void>.Continuation) { self.begun = begun }

    func task(level: Int, seed: UInt64) throws -> PracticeTask { try TwoTurns().task(level: level, seed: seed) }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        let isFirst = asked.withLock { asked in
            asked += 1
            return asked == 1
        }
        begun.yield()
        // Ends by being cancelled alone.
        if isFirst { try await Task.sleep(for: .seconds(3600)) }
        return Score(reward: 1, isSolved: true)
    }
}

/// One turn, whose score waits for a gate.
private struct SlowScore: Environment {
    let name = "TwoTurns"
    let begun: AsyncStream<Void>.Continuation
    let gate: Gate

    func task(level: Int, seed: UInt64) throws -> PracticeTask { try TwoTurns().task(level: level, seed: seed) }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        begun.finish()
        await gate.wait()
        return Score(reward: 1, isSolved: true)
    }
}

/// `TwoTurns` that counts how often it is asked for a reply.
private final class CountingTurns: Environment {
    let name = "TwoTurns"
    let replies = Mutex(0)

    func task(level: Int, seed: UInt64) throws -> PracticeTask { try TwoTurns().task(level: level, seed: seed) }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        replies.withLock { $0 += 1 }
        return try await TwoTurns().reply(to: messages, of: task)
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        try await TwoTurns().score(messages, of: task)
    }
}
