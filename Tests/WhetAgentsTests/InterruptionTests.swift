import Foundation
import Synchronization
import Testing
import WhetCore
import WhetEnvironments
import WhetRollouts
import WhetTestSupport

@testable import WhetAgents
@testable import WhetInference

@Suite("Agents that are interrupted")
struct InterruptionTests {
    /// Samples "ye" until it is aborted, then under whatever version it is asked at, the rest.
    private static func server(_ version: @escaping @Sendable () -> Int, begun: @escaping @Sendable () -> Void) -> ScriptedServer {
        let asked = Mutex(0)
        let box = Mutex<ScriptedServer?>(nil)
        let server = ScriptedServer { request in
            let count = asked.withLock { asked in
                asked += 1
                return asked
            }
            guard count == 1 else { return try Fixtures.generation(count == 2 ? "s" : "yes", to: request, version: version()) }
            begun()
            while box.withLock({ $0?.isAborted(request.id) }) != true { await Task.yield() }
            return try Fixtures.generation("ye", to: request, finish: .abort, version: version())
        }
        box.withLock { $0 = server }
        return server
    }

    @Test("its answer goes on by ids under the next version, and the program notices nothing")
    func goesOn() async throws {
        let version = Mutex(3)
        let (started, begun) = AsyncStream<Void>.makeStream()
        let server = Self.server({ version.withLock { $0 } }, begun: { begun.finish() })
        let agent = Fixtures.python(
            """
            first = said(chat(messages))
            messages += [first, {"role": "user", "content": "sure?"}]
            chat(messages)
            """)
        try await AgentPlayer.withPlayer { agents in
            let player = try Fixtures.player(agent, on: server, agents)
            let plan = try Fixtures.plan()
            let episode = Episode(plan: plan)
            async let playing = player.play(episode, limits: Fixtures.limits, version: PolicyVersion(3))
            for await _ in started {}
            await player.interrupt(episode)
            let left = try await playing
            #expect(left.status == .aborted && left.score == nil, "\(left.reason ?? "")")
            #expect(left.trajectory.spans.map { $0.policy?.version } == [nil, PolicyVersion(3)])
            #expect(left.trajectory.spans[0].tokens == plan.prompt)

            version.withLock { $0 = 4 }
            let ended = try await player.play(
                Episode(plan: plan, resuming: left), limits: Fixtures.limits, version: PolicyVersion(4))
            #expect(ended.status == .completed && ended.resumes == 1, "\(ended.reason ?? "")")
            let policies = ended.trajectory.spans.compactMap(\.policy)
            #expect(policies.map(\.version.number) == [3, 4, 4])
            #expect(ended.spanTimes.count == 3)
            #expect(Array(ended.trajectory.tokens.prefix(left.trajectory.count)) == left.trajectory.tokens)
            #expect(ended.messages.map(\.content) == ["number 7", "yes", "sure?", "yes"])
            // The rest was asked for with what was there, and no token more than the budget has.
            #expect(server.requests[1].tokens == left.trajectory.tokens)
            #expect(
                server.requests[1].sampling.maximumNewTokens
                    == Fixtures.limits.sampling.maximumNewTokens - left.trajectory.policyTokenCount)
            #expect(Set(server.requests.map(\.id)).count == 3)
        }
    }

    @Test("a program that waits is killed when its rollout is dropped, begun again, or the run ends", arguments: 0..<3)
    func ends(way: Int) async throws {
        let (started, begun) = AsyncStream<Void>.makeStream()
        let server = Self.server({ 0 }, begun: { begun.finish() })
        let file = FileManager.default.temporaryDirectory.appending(path: "whet-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let agent = Fixtures.python("open('\(file.path)', 'a').write(f'{os.getpid()} ')\nchat(messages)")
        try await AgentPlayer.withPlayer { agents in
            let player = try Fixtures.player(agent, on: server, agents)
            let plan = try Fixtures.plan()
            let episode = Episode(plan: plan)
            async let playing = player.play(episode, limits: Fixtures.limits, version: nil)
            for await _ in started {}
            await player.interrupt(episode)
            #expect(try await playing.status == .aborted)
            switch way {
            case 0: await agents.discard(plan.id)
            case 1:
                let again = try await player.play(plan, limits: Fixtures.limits, version: nil)
                #expect(again.status == .completed && again.resumes == 0, "\(again.reason ?? "")")
            default: break
            }
        }
        let processes = try String(contentsOf: file, encoding: .utf8).split(separator: " ").compactMap { pid_t($0) }
        #expect(processes.count == (way == 1 ? 2 : 1))
        #expect(processes.allSatisfy { kill($0, 0) != 0 })
    }

    @Test("one that waits holds up no evaluation, however few may run at a time", .timeLimit(.minutes(1)))
    func leavesPlacesToEvaluation() async throws {
        let (started, begun) = AsyncStream<Void>.makeStream()
        let server = Self.server({ 0 }, begun: { begun.finish() })
        var agent = Fixtures.python("chat(messages)")
        agent.workers = 1
        try await AgentPlayer.withPlayer { [agent] agents in
            let player = try Fixtures.player(agent, on: server, agents)
            let episode = Episode(plan: try Fixtures.plan())
            async let playing = player.play(episode, limits: Fixtures.limits, version: nil)
            for await _ in started {}
            await player.interrupt(episode)
            #expect(try await playing.status == .aborted)
            let heldOut = try RolloutPlan.group(
                GroupID(0, purpose: .evaluation), of: try YesWanted().task(level: 0, seed: 8), size: 1,
                format: try Fixtures.format(), runSeed: 1)[0]
            let played = try await player.play(heldOut, limits: Fixtures.limits, version: nil)
            #expect(played.status == .completed, "\(played.reason ?? "")")
        }
    }

    @Test("after a restart of whet a new program begins from the task")
    func beginsAgain() async throws {
        let server = ScriptedServer(saying: ["yes"])
        let plan = try Fixtures.plan()
        var left = try await Fixtures.play(Fixtures.python("chat(messages)"), on: server)
        left.status = .aborted
        left.score = nil
        try await AgentPlayer.withPlayer { [left] agents in
            let ended = try await Fixtures.player(Fixtures.python("chat(messages)"), on: server, agents)
                .play(Episode(plan: plan, resuming: left), limits: Fixtures.limits, version: nil)
            #expect(ended.status == .completed && ended.resumes == 1)
            #expect(ended.trajectory.policyTokenCount == left.trajectory.policyTokenCount)
        }
        // Another request id than the first program's.
        #expect(Set(server.requests.map(\.id)).count == 2)
    }

    @Test("a server that ends answers again and again, unasked and without a token, fails the rollout")
    func failsUnasked() async throws {
        let server = ScriptedServer { try Fixtures.generation("", to: $0, finish: .abort) }
        let rollout = try await Fixtures.play(Fixtures.python("chat(messages)"), on: server)
        #expect(rollout.status == .failed && rollout.reason?.contains("5 times in a row") == true, "\(rollout.reason ?? "")")
        #expect(server.requests.count == 5)
    }

    @Test("no more programs run at a time than the environment's file says")
    func isBounded() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "whet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var agent = Fixtures.python(
            """
            own = os.path.join('\(folder.path)', str(os.getpid()))
            open(own, 'w').close()
            count = len(os.listdir('\(folder.path)'))
            chat(messages)
            os.remove(own)
            reward(count)
            """, scoring: .rewardFile)
        agent.workers = 2
        let server = ScriptedServer(saying: ["yes"])
        let most = try await AgentPlayer.withPlayer { [agent] agents in
            let player = try Fixtures.player(agent, on: server, agents)
            let task = try YesWanted().task(level: 0, seed: 7)
            let plans = try RolloutPlan.group(GroupID(0), of: task, size: 8, format: try Fixtures.format(), runSeed: 1)
            return try await withThrowingTaskGroup(of: Double.self) { group in
                for plan in plans {
                    group.addTask {
                        let rollout = try await player.play(plan, limits: Fixtures.limits, version: nil)
                        return try #require(rollout.score, "\(rollout.reason ?? "")").reward
                    }
                }
                return try await group.reduce(0) { max($0, $1) }
            }
        }
        #expect(most <= 2)
    }
}
