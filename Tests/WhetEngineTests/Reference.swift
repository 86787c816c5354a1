import Foundation

/// The layers' formulas as they are written in papers, in double precision.
enum Reference {
    static func rmsNorm(_ x: [Double], _ weight: [Double], epsilon: Double) -> [Double] {
        let rms = (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + epsilon).squareRoot()
        return zip(x, weight).map { $0 / rms * $1 }
    }

    static func swiGLU(_ gateUp: [Double]) -> [Double] {
        let width = gateUp.count / 2
        return (0..<width).map { gateUp[$0] / (1 + exp(-gateUp[$0])) * gateUp[width + $0] }
    }

    static func rotated(_ x: [Double], position: Int, theta: Double) -> [Double] {
        let half = x.count / 2
        var out = x
        for pair in 0..<half {
            let angle = Double(position) * pow(theta, -2 * Double(pair) / Double(x.count))
            out[pair] = x[pair] * cos(angle) - x[half + pair] * sin(angle)
            out[half + pair] = x[half + pair] * cos(angle) + x[pair] * sin(angle)
        }
        return out
    }

    static func softmax(_ x: [Double]) -> [Double] {
        let highest = x.max() ?? 0
        let exponentials = x.map { exp($0 - highest) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }
}

func dot(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }

extension [Float] {
    var doubles: [Double] { map(Double.init) }
}
