import Foundation
import Testing
import WhetAlgorithms
import WhetChecklists
import WhetCore
import WhetEnvironments
import WhetInference
import WhetRollouts
import WhetTestSupport
import WhetText

@testable import WhetTraining

/// A dialogue in CM2's form, from its file to the advantages of tokens: seven rollouts are played against a scripted server,
/// with the user and the tool replayed, and judged by a scripted judge.
///
/// The numbers are those that are worked out by hand in WhetChecklistsTests/WorkedExampleTests: here the same steps come
/// out of episodes. A step has a call, but for the last of its turn. η is 1/2.
@Suite("A dialogue of CM2's form, played", .timeLimit(.minutes(1)))
struct DialogueTests {
    /// The policy's messages, in their order.
    private static func words(_ script: [[String]]) -> [String] {
        script.flatMap { steps in
            steps.enumerated().map { index, step in
                let call = "<tool_call>\n{\"name\": \"find_loan\", \"arguments\": {\"reader\": 7}}\n</tool_call>"
                return "<think>\nmeets: \(step)\n</think>\n\nwords" + (index + 1 < steps.count ? "\n\(call)" : "")
            }
        }
    }

    private static func judge() throws -> CannedServer {
        try CannedServer { request in
            if request.path.hasSuffix("/models") { return .json(#"{"data": [{"id": "judge"}]}"#) }
            let body = String(decoding: request.body, as: UTF8.self)
            guard let item = body.components(separatedBy: "Criterion ").last?.first,
                let step = body.components(separatedBy: "meets: ").last?.prefix(while: { $0.isUppercase || $0 == "?" })
            else { return .status(400, body: "no prompt") }
            if step.contains("?"), item == "D" { return .status(500, body: "out of memory") }
            return .json((try? JudgeBenchmark.cannedReply(to: request.body) { _ in step.contains(item) }) ?? "")
        }
    }

    private static func rollouts() async throws -> [Rollout] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "whet-dialogue-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let judge = try judge()
        try Data(LibraryDialogue.json.utf8).write(to: folder.appending(path: "library.json"))
        try Data(
            """
            dialogues: {file: library.json}
            checklist: {delay_discount: 0.5, judge: {url: "\(judge.url)", tries: 1}}

            """.utf8
        ).write(to: folder.appending(path: "library.yaml"))
        let tokenizer = try Tokenizer(directory: FixtureFolders.qwen3)
        let format = ChatFormat(
            tokenizer: tokenizer, template: try ChatTemplate(directory: FixtureFolders.qwen3),
            endOfTurn: tokenizer.endOfSequence ?? 0)
        let server = ScriptedServer { request in
            // "test-0.MEMBER-TURN"
            let parts = request.id.split { $0 == "." || $0 == "-" }.compactMap { Int($0) }
            let tokens = format.turn(saying: words(LibraryDialogue.scripts[parts[1]])[parts[2]])
            return try .honest(tokens, to: request, finish: .stop, version: 0)
        }
        return try await EnvironmentResources.use { resources in
            let entry = try #require(
                DeclaredEnvironments.catalogEntries(in: folder, resources: resources).first { $0.name == "library" })
            let environment = try entry.environment()
            #expect(environment.judgesSteps)
            let task = try await environment.task(level: 0, seed: 3)
            let player = EpisodePlayer(
                server: server, environments: { _ in environment }, format: format, run: "test")
            let limits = EpisodeLimits(sampling: SamplingParameters(maximumNewTokens: 4_096), maximumTurns: 30)
            let plans = try RolloutPlan.group(
                GroupID(0), of: task, size: LibraryDialogue.scripts.count, format: format, runSeed: 1)
            return try await plans.concurrentMap { try await player.play($0, limits: limits, version: .initial) }
        }
    }

    /// Each step's advantage, having seen that its tokens share it and nobody else's have one.
    private func bySteps(_ algorithm: String, _ rollouts: [Rollout]) throws -> [[Double]] {
        let credit = try Credit(of: rollouts, under: .named(algorithm))
        return zip(rollouts, zip(credit.credit, credit.compared)).map { rollout, pair in
            let advantages = pair.0.advantages(over: pair.1.policyMask)
            var place = 0
            var found: [Double] = []
            for span in rollout.trajectory.spans.dropFirst() {
                let own = advantages[place..<place + span.tokens.count]
                place += span.tokens.count
                if span.policy == nil { #expect(own.allSatisfy { $0 == 0 }) } else {
                    #expect(Set(own).count == 1)
                    found.append(own.first ?? .nan)
                }
            }
            return found
        }
    }

    private func expect(_ found: [[Double]], _ wanted: [[Double]]) {
        #expect(found.map(\.count) == wanted.map(\.count))
        for (found, wanted) in zip(found, wanted) {
            for (found, wanted) in zip(found, wanted) { #expect(abs(found - wanted) < 1e-12, "\(found) \(wanted)") }
        }
    }

    @Test("plays, judges and credits as by hand")
    func credits() async throws {
        let all = try await Self.rollouts()
        // The last could not be judged: it failed, with the reason, and is in no group's mean.
        #expect(all[6].status == .failed && all[6].score == nil)
        #expect(all[6].reason?.contains("out of memory") == true, "\(all[6].reason ?? "")")
        let rollouts = Array(all[..<6])
        #expect(rollouts.map(\.status) == Array(repeating: .completed, count: 6), "\(rollouts.map(\.reason))")
        // Those who lack what the next turn requires are not asked on.
        #expect(rollouts.map { $0.messages.count { $0.content.contains("keep it longer") } } == [1, 1, 0, 0, 1, 1])
        #expect(
            rollouts[0].messages.contains { $0.content == "<tool_response>\n{\"due\": \"5 May\"}\n</tool_response>" })
        let rewards = [1, 0.8, 0.25, 0, 0.5, 0.7]
        expect([rollouts.compactMap(\.score?.reward)], [rewards])
        expect(
            try bySteps("dr_grpo", rollouts),
            zip(rewards, [4, 5, 2, 1, 5, 4]).map { Array(repeating: $0 - 3.25 / 6, count: $1) })
        expect(
            try bySteps("turn_level", rollouts),
            [
                [0.25, 0.25, 0, 0], [0.25, 0.25, 0.25, 0, 0], [-0.25, -0.25], [-0.75], [0.25, 0.25, 0.25, 0.25, 0],
                [0.25, 0.25, 0, 0],
            ])
        // weight · (η^delay − mean), as in WorkedExampleTests.
        func item(_ weight: Double, _ mean: Double) -> (one: Double, half: Double, none: Double) {
            (weight * (1 - mean), weight * (0.5 - mean), weight * (0 - mean))
        }
        let (a, b, c, d) = (item(0.2, 0.75), item(0.3, 2.0 / 3), item(0.3, 0.7), item(0.2, 7.0 / 12))
        expect(
            try bySteps("step_level", rollouts),
            [
                [a.one + b.one + d.half, c.one + d.half, 0, 0],
                [a.one + b.half + d.one, b.half, c.one, 0, 0],
                [a.one + b.one + d.none, c.none + d.none],
                [a.none + b.none + d.none],
                [a.half + b.half + d.one, a.half + b.half, c.half, c.half, 0],
                [a.one + b.one + d.one, c.one, 0, 0],
            ])
    }
}
