import CWhetKernels

/// SwiGLU, arXiv 2002.05202: h = silu(gate) · up.
///
/// Shapes: gateUp `[rows, 2 · width]`, a row's gate before its up; h `[rows, width]`.
struct SwiGLU {
    let width: Int

    func forward(rows: Int, gateUp: UnsafePointer<Float>, h: UnsafeMutablePointer<Float>) {
        whet_swiglu_forward(rows, width, gateUp, h)
    }

    /// Overwrites `gateUp` with its slope, and `h` with what forward gave: the gradient of the next weight needs it.
    func backward(
        rows: Int, gateUp: UnsafeMutablePointer<Float>, dh: UnsafePointer<Float>, h: UnsafeMutablePointer<Float>
    ) {
        whet_swiglu_backward(rows, width, gateUp, dh, h)
    }
}
