import CWhetKernels

/// Root-mean-square normalization, arXiv 1910.07467: y = x / rms(x) · weight, row by row.
///
/// Shapes: x, y `[rows, width]`; weight `[width]`.
struct RMSNorm {
    let width: Int
    let epsilon: Float

    func forward(
        rows: Int, x: UnsafePointer<Float>, weight: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
    ) {
        whet_rms_norm_forward(rows, width, x, weight, epsilon, y)
    }

    /// Adds to `dx` and `dWeight`.
    func backward(
        rows: Int, dy: UnsafePointer<Float>, x: UnsafePointer<Float>, weight: UnsafePointer<Float>,
        dx: UnsafeMutablePointer<Float>, dWeight: UnsafeMutablePointer<Float>
    ) {
        whet_rms_norm_backward(rows, width, dy, x, weight, epsilon, dx, dWeight)
    }
}
