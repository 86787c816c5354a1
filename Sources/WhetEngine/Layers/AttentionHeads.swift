import CWhetKernels

/// What stands between projections and attention, for one head of one sequence: QK-norm where the architecture has it,
/// rotary positions, and the scale of scores.
///
/// Shapes: x rows `headSize` wide and `stride` apart; out rows `padded` long.
struct AttentionHeads {
    let width: Int
    let epsilon: Float

    init(_ configuration: ModelConfiguration) {
        width = configuration.headSize
        epsilon = configuration.normEpsilon
    }

    /// A row's length in scratch: the width, rounded up to whole vectors.
    var padded: Int { whet_padded(width) }
    /// 1 / √headSize, which queries carry.
    var scale: Float { 1 / Float(width).squareRoot() }

    /// out = scale · rotate(norm(x)) of `rows` tokens from `position` on. No `weight`, no norm.
    func forward(
        rows: Int, x: UnsafePointer<Float>, stride: Int, weight: UnsafePointer<Float>?, table: RotaryAngles,
        position: Int,
        scale: Float, out: UnsafeMutablePointer<Float>
    ) {
        let offset = position * width / 2
        whet_head_forward(
            rows, width, x, stride, weight, epsilon, table.cosines + offset, table.sines + offset,
            scale,
            out, padded)
    }

    /// Overwrites `dx` and `dout`; adds to `dWeight`.
    func backward(
        rows: Int, dout: UnsafeMutablePointer<Float>, x: UnsafePointer<Float>, stride: Int,
        weight: UnsafePointer<Float>?,
        table: RotaryAngles, scale: Float, dx: UnsafeMutablePointer<Float>, dWeight: UnsafeMutablePointer<Float>
    ) {
        whet_head_backward(
            rows, width, dout, padded, x, stride, weight, epsilon, table.cosines, table.sines, scale,
            dx,
            stride, dWeight)
    }
}
