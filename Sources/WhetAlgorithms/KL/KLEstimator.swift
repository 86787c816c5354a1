import Foundation

/// Estimates KL(policy ‖ reference) from one sampled token's log-probabilities under both. With x = policy − reference:
///
///     k1   x                  unbiased, may be negative
///     abs  |x|
///     k2   x² / 2             biased, its slope is unbiased
///     k3   exp(−x) + x − 1    unbiased, never negative; x within ±20, the value within ±10
///
/// A "+" keeps the value and takes the slope of k2, because the slopes of k1 and k3 do not estimate that of the KL.
///
/// Source: J. Schulman, http://joschu.net/blog/kl-approx.html; the "+" forms are verl's.
enum KLEstimator: String, Sendable, Codable, CaseIterable {
    case k1, abs, k2, k3
    case k1Plus = "k1+"
    case absPlus = "abs+"
    case k2Plus = "k2+"
    case k3Plus = "k3+"

    /// - Returns: the estimate, and its slope by the policy's log-probability.
    func estimate(_ logProbability: Double, reference: Double) -> (value: Double, slope: Double) {
        let x = logProbability - reference
        switch self {
        case .k1: return (x, 1)
        case .abs: return (Swift.abs(x), x > 0 ? 1 : x < 0 ? -1 : 0)
        case .k2, .k2Plus: return (x * x / 2, x)
        case .k3: return Self.thirdEstimate(x)
        case .k1Plus: return (x, x)
        case .absPlus: return (Swift.abs(x), x)
        case .k3Plus: return (Self.thirdEstimate(x).value, x)
        }
    }

    private static func thirdEstimate(_ x: Double) -> (value: Double, slope: Double) {
        let bounded = min(max(x, -20), 20)
        let value = exp(-bounded) + bounded - 1
        return value > 10 ? (10, 0) : (value, bounded == x ? 1 - exp(-x) : 0)
    }
}
