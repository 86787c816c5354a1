import WhetCore
import WhetEngine
import WhetServing

/// The API's losses, each an objective of whet's under the API's names for its settings.
///
/// Ratios are bounded where the API gives thresholds for the ratio itself (0.8 and 1.2), and whet distances from 1.
struct TinkerLoss: Sendable {
    let name: String
    let summed: SummedLoss

    static let names = ["cross_entropy", "importance_sampling", "ppo", "cispo", "gspo"]

    /// Those of the API that are not computed here, and why.
    private static let missing = [
        "dro": "whet has no such objective",
        "dppo": "whet's objective has the same gradient, but another loss than the API's",
        "ppo_critic": "the engine has no value head",
    ]

    /// - Throws: `RequestProblem` for an unknown loss, an unknown setting of it, or one out of range.
    init(_ name: String, settings: RequestFields?, keys: [String]) throws {
        self.name = name
        if let reason = TinkerLoss.missing[name] {
            throw RequestProblem.badValue(
                "loss_fn \"\(name)\" is not computed here: \(reason); "
                    + "expected one of \(TinkerLoss.names.joined(separator: ", "))",
                parameter: "loss_fn", code: "unsupported_parameter")
        }
        guard TinkerLoss.names.contains(name) else {
            throw RequestProblem.badValue(
                WhetError.unknownName(name, kind: "loss_fn", among: TinkerLoss.names).sentence, parameter: "loss_fn")
        }
        let allowed = TinkerLoss.thresholds(of: name).map { ["clip_low_threshold", "clip_high_threshold"] + $0 } ?? []
        if let wrong = keys.first(where: { !allowed.contains($0) }) {
            let error = WhetError.unknownName(wrong, kind: "setting of \(name)", among: allowed)
            throw RequestProblem.badValue(
                allowed.isEmpty ? "\(name) has no settings, and loss_fn_config has \"\(wrong)\"" : error.sentence,
                parameter: "loss_fn_config")
        }
        let low = try settings?.double("clip_low_threshold")
        let high = try settings?.double("clip_high_threshold")
        if let low, !(0...1).contains(low) {
            throw RequestProblem.badValue(
                "clip_low_threshold is \(low); expected a ratio from 0 to 1", parameter: "clip_low_threshold")
        }
        if let high, high < 1 {
            throw RequestProblem.badValue(
                "clip_high_threshold is \(high); expected a ratio from 1 up", parameter: "clip_high_threshold")
        }
        summed =
            switch name {
            case "cross_entropy": try SummedLoss(objective: "cross_entropy")
            case "importance_sampling":
                // PPO's objective with nothing clipped is the ratio times the advantage.
                try SummedLoss(objective: "ppo_clip", settings: ["clip_low": 1, "clip_high": nil, "dual_clip": nil])
            case "ppo":
                try SummedLoss(
                    objective: "ppo_clip",
                    settings: [
                        "clip_low": .number(1 - (low ?? 0.8)), "clip_high": .number((high ?? 1.2) - 1),
                        "dual_clip": nil,
                    ])
            case "cispo":
                try SummedLoss(
                    objective: "cispo",
                    settings: ["clip_low": .number(1 - (low ?? 0.8)), "clip_high": .number((high ?? 1.2) - 1)])
            default:
                try SummedLoss(
                    objective: "gspo",
                    settings: [
                        "clip_low": .number(low.map { 1 - $0 } ?? 3e-4),
                        "clip_high": .number(high.map { $0 - 1 } ?? 4e-4),
                    ])
            }
    }

    /// What else than the two thresholds the loss may be told; nil if it is told nothing.
    private static func thresholds(of name: String) -> [String]? {
        ["ppo", "cispo", "gspo"].contains(name) ? [] : nil
    }

    /// Whether it compares with the sampler, and so needs its log-probabilities and advantages.
    var isOfPolicy: Bool { name != "cross_entropy" }

    /// Whether its loss of a token depends on which others are trained; `weights` must then say which those are.
    var needsWeights: Bool { name == "gspo" }
}
