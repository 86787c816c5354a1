import Foundation

/// Cosines and sines of rotary positions, arXiv 2104.09864: of place p and pair i, of the angle p · θ^(−2i / headSize).
///
/// Keeps: angles are rounded to fp32 where Hugging Face's transformers round them, so that long contexts agree.
final class RotaryTable {
    private let frequencies: [Float]
    private(set) var length = 0
    /// `[length, headSize / 2]`
    private(set) var cosines = FloatBuffer(0)
    private(set) var sines = FloatBuffer(0)

    init(_ configuration: ModelConfiguration) {
        let half = configuration.headSize / 2
        frequencies = (0..<half).map { index in
            let frequency = 1 / Float(pow(configuration.rope.theta, 2 * Double(index) / Double(configuration.headSize)))
            return configuration.rope.scaling?.scaled(frequency) ?? frequency
        }
    }

    /// Where it lies, for loops that would otherwise ask again and again; void after the next `reserve`.
    var angles: RotaryAngles { RotaryAngles(cosines: cosines.pointer, sines: sines.pointer) }

    /// Makes the table at least `length` places long. Pointers taken before are void.
    func reserve(_ length: Int) {
        guard length > self.length else { return }
        let length = max(length, 2 * self.length, 128)
        let half = frequencies.count
        cosines = FloatBuffer(length * half)
        sines = FloatBuffer(length * half)
        for place in 0..<length {
            for (index, frequency) in frequencies.enumerated() {
                let angle = Double(Float(place) * frequency)
                cosines.pointer[place * half + index] = Float(cos(angle))
                sines.pointer[place * half + index] = Float(sin(angle))
            }
        }
        self.length = length
    }
}

/// A `RotaryTable`'s cosines and sines `[length, headSize / 2]`.
struct RotaryAngles {
    let cosines, sines: UnsafeMutablePointer<Float>
}
