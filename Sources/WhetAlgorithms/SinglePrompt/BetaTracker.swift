import Foundation
import WhetCore

/// SPO's memory: how often each prompt is solved, as a Beta distribution that forgets as the policy moves.
///
///     value = alpha / (alpha + beta)
///     a visit: alpha ← rho · alpha + r, beta ← rho · beta + (1 − r), with rho = 2^(−D / D_half) within rho_min…rho_max
///
/// r is the reward between the failure's (0) and the success's (1); D how far the policy moved since the prompt's last
/// visit. A value, with nothing in it but numbers: encoded and decoded it is the same, bit for bit.
///
/// Keeps: alpha and beta are above 0 and finite, so a value lies between the two rewards.
///
/// Source: Single-stream Policy Optimization, arXiv 2509.13232.
public struct BetaTracker: Hashable, Sendable, Codable {
    /// How it forgets and explores; the settings of `spo`.
    public struct Parameters: Hashable, Sendable, Codable {
        /// The least of a prompt's past that is kept at a visit. Equal to `rhoMax` it is constant forgetting.
        var rhoMin = 0.875
        var rhoMax = 0.96
        /// How far the policy moves until half of a prompt's past is forgotten.
        var divergenceHalfLife = 0.06
        /// Weight, in the choice of prompts, of one whose outcome is certain.
        var exploration = 0.05
        /// The rewards that count as never and always solved.
        var rewardLow = 0.0
        var rewardHigh = 1.0

        public init() {}

        func check() throws {
            guard rhoMin <= rhoMax else {
                throw WhetError("rho_min \(rhoMin) is above rho_max \(rhoMax)", at: "rho_min")
            }
            guard rhoMin < 1 else {
                throw WhetError(
                    "with rho_min 1 nothing is ever forgotten, and offline samples would weigh without end",
                    at: "rho_min", expected: "a number below 1")
            }
            guard rewardLow < rewardHigh else {
                throw WhetError(
                    "reward_low \(rewardLow) is not below reward_high \(rewardHigh)", at: "reward_low",
                    remedy: "set them to the rewards of a failure and of a success")
            }
        }
    }

    /// What is believed of one prompt.
    public struct Belief: Hashable, Sendable, Codable {
        /// The weight of successes, the prior's included.
        public internal(set) var alpha: Double
        /// The weight of failures, the prior's included.
        public internal(set) var beta: Double

        public init(alpha: Double, beta: Double) {
            precondition(
                alpha > 0 && beta > 0 && (alpha + beta).isFinite, "a Beta distribution's parameters are above 0")
            self.alpha = alpha
            self.beta = beta
        }

        /// The chance that the prompt is solved.
        var solveRate: Double { alpha / (alpha + beta) }

        /// Knows nothing: Jeffreys' prior.
        public static let prior = Belief(alpha: 0.5, beta: 0.5)
    }

    /// How it forgets and explores.
    public let parameters: Parameters
    /// By prompt; prompts never seen have none.
    private(set) var beliefs: [String: Belief] = [:]

    /// - Throws: `WhetError` when the parameters are impossible together.
    public init(parameters: Parameters = Parameters()) throws {
        try parameters.check()
        self.parameters = parameters
    }

    /// What is believed of a prompt; the prior of one never seen.
    public func belief(of prompt: String) -> Belief { beliefs[prompt] ?? .prior }

    /// What the prompt usually earns, in the units of rewards: the baseline of its next rollout.
    public func value(of prompt: String) -> Double {
        parameters.rewardLow + (parameters.rewardHigh - parameters.rewardLow) * belief(of: prompt).solveRate
    }

    /// Starts a prompt from offline samples, weighed as the 1 / (1 − rho_min) visits that are remembered at most.
    public mutating func start(_ prompt: String, successes: Int, failures: Int) {
        precondition(successes >= 0 && failures >= 0, "counts are 0 or more")
        let weight = 1 / (1 - parameters.rhoMin) / Double(successes + failures + 1)
        beliefs[prompt] = Belief(alpha: weight * (Double(successes) + 0.5), beta: weight * (Double(failures) + 0.5))
    }

    /// Puts back what was believed of a prompt when it was stored.
    public mutating func restore(_ belief: Belief, of prompt: String) { beliefs[prompt] = belief }

    /// How much of a prompt's past is kept when the policy moved by `divergence`; nil on its first visit.
    func rho(divergence: Double?) -> Double {
        let moved = exp2(-max(0, divergence ?? 0) / parameters.divergenceHalfLife)
        return min(max(moved, parameters.rhoMin), parameters.rhoMax)
    }

    /// Takes up a reward. Call it after the advantages were computed from the values before.
    ///
    /// - Parameters:
    ///   - reward: beyond the two rewards it counts as the nearer.
    ///   - divergence: of the prompt's last rollout (see `divergence`); nil on its first visit.
    public mutating func observe(_ reward: Double, prompt: String, divergence: Double?) {
        precondition(reward.isFinite, "a reward is a finite number")
        let share = (reward - parameters.rewardLow) / (parameters.rewardHigh - parameters.rewardLow)
        let success = min(max(share, 0), 1), rho = rho(divergence: divergence)
        var belief = belief(of: prompt)
        // Rewards that never change would shrink the other side by rho a visit, at last to 0.
        belief.alpha = max(rho * belief.alpha + success, .leastNormalMagnitude)
        belief.beta = max(rho * belief.beta + (1 - success), .leastNormalMagnitude)
        beliefs[prompt] = belief
    }

    /// How far the policy moved on a stored rollout: the mean of |log-probability now − then| over its policy tokens; 0
    /// of none. `[tokens]`
    public static func divergence(now: [Double], then: [Double], policyMask: [Bool]) -> Double {
        var sum = 0.0, count = 0.0
        for place in policyMask.indices where policyMask[place] {
            sum += abs(now[place] - then[place])
            count += 1
        }
        return count == 0 ? 0 : sum / count
    }
}
