import Foundation
import Testing
import WhetChecklists
import WhetCore
import WhetStore
import WhetTestSupport
import WhetTraining

@testable import whet

@Suite("whet rollouts rescore")
struct RescoreTests {
    private static let run = "20261121-043000-desk"

    /// Two rollouts of an environment that is judged by `server`, stored with the reward 0.
    private func makeRun(in folder: URL, judge: String) async throws -> BuiltCommand {
        let environments = folder.appending(path: "environments")
        try FileManager.default.createDirectory(at: environments, withIntermediateDirectories: true)
        try Data(
            """
            variables: {card: {integer: [17, 17]}}
            prompt: which card?
            answer: whole
            checklist:
              judge: {url: "\(judge)", model: judge, tries: 1}
              items:
                - {id: kind, question: Is it kind?, focus_on: assistant.content.user_visible_reply, pass_condition: kind words}

            """.utf8
        ).write(to: environments.appending(path: "desk.yaml"))
        let recipe = try Recipe(
            yaml: "environments: [{name: desk}]\n",
            catalog: RecipeCatalog(algorithms: ["grpo"], environments: ["desk": .init(hasDemonstrations: false)]))
        let store = try WhetHome(directory: folder.appending(path: "runs")).openStore()
        try await store.begin(
            RunRecord(id: Self.run, name: "desk", recipe: try recipe.json.text(), build: WhetVersion.current, seed: 7))
        for (member, words) in ["please: 17", "17"].enumerated() {
            let task = PracticeTask(
                environment: "desk", seed: 1, level: 0, messages: [Message(.user, "which card?")], problem: ["card": 17])
            try await store.record(
                Rollout(
                    id: RolloutID(group: GroupID(0), member: member), task: task, status: .completed,
                    messages: task.messages + [Message(.assistant, words)], trajectory: TokenTrajectory(),
                    score: Score(reward: 0, isSolved: false), seed: 1, startedAt: 0, finishedAt: 1),
                run: Self.run, step: 1)
        }
        try await store.close()
        return try BuiltCommand(in: folder)
    }

    @Test("says what would be scored now, keeps what judges say, and leaves what is stored")
    func rescores() async throws {
        let server = try CannedServer { request in
            if request.path.hasSuffix("/models") { return .json(#"{"data": [{"id": "judge"}]}"#) }
            return .json((try? JudgeBenchmark.cannedReply(to: request.body) { $0.contains("please") }) ?? "")
        }
        try await inTemporaryFolder { folder in
            let whet = try await makeRun(in: folder, judge: server.url)
            for asked in [2, 0] {
                let outcome = try whet.run("rollouts", "rescore", "--json")
                #expect(outcome.code == 0, "\(outcome.complaints)")
                let found = try #require(try outcome.lines().first)
                #expect(found["rollouts"] == 2 && found["reward_before"]?.double == 0 && found["reward"]?.double == 0.5)
                #expect(found["judgments_asked"] == .integer(asked) && found["judgments_known"] == .integer(2 - asked))
                #expect(found["changed"]?.array?.compactMap { $0["rollout"]?.string } == ["0.0"])
            }
            let store = try WhetHome(directory: folder.appending(path: "runs")).openStore(readOnly: true)
            let stored = try await store.rollouts(RolloutFilter(run: Self.run)).compactMap(\.rollout.score?.reward)
            #expect(stored == [0, 0])
        }
    }

    @Test("what a judge cannot say is told, with exit code 1")
    func fails() async throws {
        let server = try CannedServer { _ in .status(500, body: "out of memory") }
        try await inTemporaryFolder { folder in
            let whet = try await makeRun(in: folder, judge: server.url)
            let outcome = try whet.run("rollouts", "rescore")
            #expect(outcome.code == 1)
            #expect(outcome.output.contains("2 could not be scored") && outcome.output.contains("out of memory"))
            #expect(try whet.run("rollouts", "rescore", "--run", "all").code == 2)
        }
    }
}
