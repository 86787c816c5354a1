import Foundation

/// The learning rate of each optimizer step: up in a line, then held or down.
public struct LearningRateSchedule: Sendable, Hashable {
    /// What follows the way up.
    public enum Shape: String, Sendable, CaseIterable, Codable {
        case constant, linear, cosine
    }

    /// The highest rate.
    public var peak: Double
    /// What follows the way up.
    public var shape: Shape
    /// Steps of the way up; the first has peak / warmupSteps.
    public var warmupSteps: Int
    /// Where linear and cosine end; later steps keep the last rate.
    public var totalSteps: Int
    /// The last rate's share of the peak.
    public var finalShare: Double

    public init(
        peak: Double, shape: Shape = .constant, warmupSteps: Int = 0, totalSteps: Int = 0, finalShare: Double = 0
    ) {
        self.peak = peak
        self.shape = shape
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
        self.finalShare = finalShare
    }

    /// - Parameter step: counted from 0.
    public func rate(at step: Int) -> Double {
        if step < warmupSteps { return peak * Double(step + 1) / Double(warmupSteps) }
        let length = max(1, totalSteps - warmupSteps)
        let progress = min(1, Double(step - warmupSteps) / Double(length))
        switch shape {
        case .constant: return peak
        case .linear: return peak * (finalShare + (1 - finalShare) * (1 - progress))
        case .cosine: return peak * (finalShare + (1 - finalShare) * (1 + cos(.pi * progress)) / 2)
        }
    }
}
