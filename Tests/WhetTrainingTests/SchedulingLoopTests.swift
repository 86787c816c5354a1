import Foundation
import Testing
import WhetCore
import WhetHTTP
import WhetStore
import WhetTestSupport

@testable import WhetTraining

/// The scheduling modes in a whole training on a tiny policy, broken off and resumed.
@Suite("Scheduling in the loop")
struct SchedulingLoopTests {
    private static let modes = ["april", "one_step_off", "asynchronous"]

    private func tiny(_ mode: String, _ settings: [String] = []) throws -> TinyRun {
        try TinyRun(
            settings: ["rollout.scheduling.mode=\(mode)", "inference.concurrency=8", "trainer.mini_batches=1"]
                + settings,
            scoring: .words)
    }

    /// What holds of every store, however often its run was broken off.
    private func check(_ run: TinyRun, steps: Int = 5) async throws {
        let store = try run.store()
        let batches = try await store.handedBatches(of: TinyRun.id)
        #expect(batches.map(\.step) == Array(1...steps))
        let numbers = batches.flatMap(\.groups).map(\.number)
        #expect(Set(numbers).count == numbers.count, "no group was trained on twice")
        let stored = try await store.rollouts(RolloutFilter(run: TinyRun.id, purpose: .training))
        let members = Dictionary(grouping: stored, by: \.rollout.id.group.index)
        for batch in batches {
            #expect(batch.groups.count { $0.isKept } == 3)
            for group in batch.groups where group.isKept {
                let rollouts = members[group.number] ?? []
                #expect(rollouts.count == 4)
                #expect(rollouts.allSatisfy { $0.step == batch.step && $0.rollout.score != nil })
                // Nothing is trained on that was sampled by weights that were not there yet.
                #expect(
                    rollouts.allSatisfy {
                        ($0.rollout.trajectory.spans.compactMap { $0.policy?.version.number }.max() ?? 0) < batch.step
                    })
            }
        }
        // Whatever is not trained on is kept, to go on or to be played again with its group.
        let position = try LoopState.position(after: try #require(try await store.lastCommittedStep(of: TinyRun.id)))
        let open = Set(position.open.map(\.number))
        for waiting in stored where !numbers.contains(waiting.rollout.id.group.index) {
            let number = waiting.rollout.id.group.index
            #expect(waiting.step == nil && (open.contains(number) || number >= position.next))
        }
        try await store.close()
    }

    @Test("every mode trains to its end, on whole groups, each once", arguments: modes)
    func trains(mode: String) async throws {
        let run = try tiny(mode)
        defer { run.remove() }
        try await run.train()
        try await check(run)
        let steps = try await run.store().steps(of: TinyRun.id).filter { $0.kind == .training }
        let shares = steps.compactMap { $0.metrics["schedule/off_policy_share"] }
        #expect(shares.count == 5)
        if mode == "one_step_off" { #expect(shares == [0, 1, 1, 1, 1]) }
    }

    @Test(
        "what was broken off goes on, and nothing is lost or trained on twice (traps 32, 33)", arguments: modes,
        [5, 21, 40])
    func resumes(mode: String, scores: Int) async throws {
        let run = try tiny(mode, ["run.checkpoint_every=2"])
        defer { run.remove() }
        do { try await run.train(stopAfter: scores) } catch is WhetError {}
        do { try await run.train(stopAfter: 11) } catch is WhetError {}
        try await run.train()
        try await check(run)
    }

    @Test("one step off the policy, a run that broke off ends as one that never did", arguments: [7, 19, 33])
    func oneStepOffIsExact(scores: Int) async throws {
        let (whole, broken) = (try tiny("one_step_off"), try tiny("one_step_off"))
        defer {
            whole.remove()
            broken.remove()
        }
        try await whole.train()
        do { try await broken.train(stopAfter: scores) } catch is WhetError {}
        try await broken.train()
        #expect(try whole.weights() == broken.weights())
    }

    @Test("tokens that are too old are masked, restarted or dropped", arguments: ["mask", "restart", "drop"])
    func bounds(excess: String) async throws {
        let run = try tiny(
            "april",
            [
                "rollout.scheduling.maximum_staleness=0", "rollout.scheduling.excess=\(excess)",
                "inference.concurrency=5",
            ])
        defer { run.remove() }
        try await run.train()
        try await check(run)
        let steps = try await run.store().steps(of: TinyRun.id).filter { $0.kind == .training }
        let oldest = steps.compactMap { $0.metrics["schedule/staleness_max"] }.max() ?? 0
        if excess == "mask" {
            #expect(oldest > 0, "old tokens came")
            #expect(
                steps.contains {
                    ($0.metrics["train/tokens"] ?? 0) < 12 * ($0.metrics["rollout/tokens_mean"] ?? 0) - 0.5
                })
        } else {
            #expect(oldest == 0, "none came: those groups were dropped, or began anew")
        }
    }

    @Test("a proxy that garbles a fifth of all replies leaves the weights as they are (traps 12, 13)")
    func faultyProxy() async throws {
        let (plain, faulty) = (try tiny("synchronous"), try tiny("synchronous"))
        defer {
            plain.remove()
            faulty.remove()
        }
        try await plain.train()
        let plan = FaultPlan(seed: 5, share: 0.2)
        try await faulty.train { url in
            let client = try HTTPClient()
            let proxy = try CannedServer { request in
                let answer = forward(request, to: url, by: client)
                if let fault = plan.fault(ofRequest: request.index) { return fault.reply(insteadOf: answer) }
                return request.index % 9 == 0 ? .late(by: .milliseconds(20), .json(answer)) : .json(answer)
            }
            return TinyRun.Between(url: proxy.url, keepsAlive: proxy)
        }
        #expect(try plain.weights() == faulty.weights())
        #expect(try await plain.outcomes() == faulty.outcomes())
    }
}

/// Asks the real server, on the proxy's own thread.
private func forward(_ request: ReceivedRequest, to url: String, by client: HTTPClient) -> String {
    let done = DispatchSemaphore(value: 0)
    let answer = Answer()
    Task {
        let sent =
            request.method == "GET"
            ? HTTPRequest(.get, url + request.path)
            : HTTPRequest(.post, url + request.path, headers: ["Content-Type": "application/json"], body: request.body)
        answer.text = (try? await client.send(sent)).map { String(decoding: $0.body, as: UTF8.self) } ?? ""
        done.signal()
    }
    done.wait()
    return answer.text
}

/// Written before the semaphore is signaled and read after, so nothing is shared at one time.
private final class Answer: @unchecked Sendable { var text = "" }
