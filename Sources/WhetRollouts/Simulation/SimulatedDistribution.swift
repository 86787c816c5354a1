import Foundation

/// How long the things of a simulation are: tokens of a turn, turns of an episode, seconds of a tool.
indirect enum SimulatedDistribution: Sendable {
    case fixed(Double)
    /// Long-tailed: e to the power of a normal variable, whose deviation is `sigma`, cut at `maximum`.
    case logNormal(median: Double, sigma: Double, maximum: Double)
    /// One of several, each as likely as its share.
    case mixture([(share: Double, of: SimulatedDistribution)])

    /// The value of one draw.
    ///
    /// - Parameters:
    ///   - normal: a standard normal number: where in the distribution the value lies.
    ///   - unit: a number in 0..<1 that chooses among a mixture.
    func value(normal: Double, unit: Double) -> Double {
        switch self {
        case .fixed(let value): return value
        case .logNormal(let median, let sigma, let maximum): return min(maximum, median * exp(sigma * normal))
        case .mixture(let parts):
            var left = unit * parts.reduce(0) { $0 + $1.share }
            for part in parts {
                if left < part.share { return part.of.value(normal: normal, unit: left / part.share) }
                left -= part.share
            }
            return parts.last?.of.value(normal: normal, unit: 0) ?? 0
        }
    }
}
