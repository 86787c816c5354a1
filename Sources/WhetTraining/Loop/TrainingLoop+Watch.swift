import WhetCore
import WhetInference
import WhetRollouts

extension TrainingLoop {
    /// Has the number of rollouts in flight follow what the servers say of their load, where the recipe asks for it.
    func followLoad(_ dispatcher: RolloutDispatcher) async {
        guard recipe.inference.concurrencyChoice == .auto else { return }
        let settings = ConcurrencyController.Settings(maximum: recipe.inference.concurrencyMaximum)
        let follower = ConcurrencyFollower(following: components.server, settings)
        await follower.run { controller, _ in await dispatcher.allow(slots: controller.cap) }
    }

    /// Says what a step waits for when nothing has ended for long, and ends the run when it has waited too long.
    ///
    /// Goes on until it is cancelled.
    func watch(_ dispatcher: RolloutDispatcher) async {
        let scheduling = recipe.rollout.scheduling
        var lastNotice = 0.0
        while true {
            let pause = min(scheduling.stallSeconds, scheduling.stepTimeoutSeconds ?? .infinity) / 4
            do { try await Task.sleep(for: .seconds(min(max(pause, 0.01), 5))) } catch { return }
            guard let stall = await dispatcher.stall else {
                lastNotice = 0
                continue
            }
            if let most = scheduling.stepTimeoutSeconds, stall.batchSeconds > most {
                let error = WhetError(
                    "a step's rollouts were not complete after \(Int(stall.batchSeconds)) s: \(stall.words)",
                    at: "rollout.scheduling.step_timeout_seconds",
                    remedy: "mend what is slow, then `whet train --resume \(run)`")
                return await dispatcher.fail(error)
            }
            if stall.quietSeconds >= lastNotice + scheduling.stallSeconds {
                lastNotice = stall.quietSeconds
                report(.notice("nothing has ended for \(Int(stall.quietSeconds)) s: \(stall.words)"))
            }
        }
    }
}
