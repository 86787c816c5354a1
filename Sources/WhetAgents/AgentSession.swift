import Synchronization
import WhetCore
import WhetEnvironments
import WhetRollouts

/// A program at work on one rollout, which may be interrupted and played on several times.
///
/// Keeps: the program goes on while the rollout is interrupted, but for its calls, which wait; when `end` or `run` has
/// returned, nothing of it runs on but what left its process group.
final class AgentSession: Sendable {
    /// What is left when the program is gone.
    struct Ending: Sendable {
        let outcome: Result<AgentRun.Outcome, any Error>
        let record: RecordedEpisode.Record
    }

    let agent: AgentProgram
    let plan: RolloutPlan
    let recorder: RecordedEpisode
    private struct State {
        var program: Task<AgentRun.Outcome, any Error>?
        var isCancelled = false
        var ending: Ending?
    }

    private let hasEnded = Gate()
    private let state = Mutex(State())

    init(_ agent: AgentProgram, on plan: RolloutPlan, recorder: RecordedEpisode) {
        self.agent = agent
        self.plan = plan
        self.recorder = recorder
    }

    /// Runs the program to its end, once there is a place for it.
    func run(on proxy: RecordingProxy, in turnstile: Turnstile) async {
        // In a task of its own, so that one program can be ended among many.
        let program = Task {
            try await turnstile.pass {
                try await proxy.withEpisode(recorder) { url, token in
                    try await AgentRun(agent: agent, task: plan.task, url: url, token: token).play(recorder)
                }
            }
        }
        let isCancelled = state.withLock { state in
            state.program = program
            return state.isCancelled
        }
        if isCancelled { program.cancel() }
        let outcome = await withTaskCancellationHandler { await program.result } onCancel: { program.cancel() }
        let record = await recorder.close()
        state.withLock { $0.ending = Ending(outcome: outcome, record: record) }
        hasEnded.open()
    }

    /// Plays until the program is gone or a stop is asked for.
    ///
    /// - Returns: nil when it was stopped: the program waits.
    /// - Throws: `CancellationError`, when the program is gone.
    func play(_ episode: Episode, version: PolicyVersion?) async throws -> Ending? {
        let (stops, stop) = AsyncStream<Void>.makeStream()
        episode.whenStopped { stop.finish() }
        recorder.scheduling.resume(version)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.hasEnded.wait() }
            group.addTask {
                for await _ in stops {}
                if !Task.isCancelled { await self.recorder.scheduling.pause() }
            }
            await group.next()
            group.cancelAll()
        }
        if Task.isCancelled {
            await end()
            throw CancellationError()
        }
        return state.withLock { $0.ending }
    }

    /// Kills the program, and returns when it is gone.
    func end() async {
        let program = state.withLock { state in
            state.isCancelled = true
            return state.program
        }
        program?.cancel()
        // Also of a task that is cancelled itself.
        await Task { await hasEnded.wait() }.value
    }
}
