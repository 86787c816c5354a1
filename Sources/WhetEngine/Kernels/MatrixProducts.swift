import CWhetKernels

/// All matrix products of the engine, so that another library can stand behind this one file. One for each thread.
///
/// Keeps: an element of a result is one chain of multiply-adds in a fixed order, whatever else is in the batch and
/// however many threads share the work; callers split rows of the result between threads, never the sum inside an
/// element.
final class MatrixProducts {
    /// Tokens whose part of a weight's gradient is added at a time. Measured with parts of 96 rows: 64 gives 160 to 200
    /// GFLOP/s on the engine's shapes, 128 up to 210, 256 up to 220, 512 no more.
    private static let gradientChunk = 256

    private let bfloat16: OpaquePointer?
    /// A packed panel.
    private var panel = FloatBuffer(0)

    init(precision: Precision) {
        switch precision {
        case .fp32: bfloat16 = nil
        case .bf16:
            guard let handle = whet_bf16_create() else {
                preconditionFailure("callers check Precision.isAvailable first")
            }
            bfloat16 = handle
        }
    }

    deinit { whet_bf16_destroy(bfloat16) }

    /// y `[rows, outputs]` = x `[rows, inputs]` · wᵀ, or += where it accumulates.
    func forward(
        rows: Int, x: UnsafePointer<Float>, weight: PackedMatrix, y: UnsafeMutablePointer<Float>,
        accumulate: Bool = false
    ) {
        guard let bfloat16 else {
            return whet_product(
                rows, weight.outputs, weight.inputs, x, weight.inputs, 1, weight.panels, y, weight.outputs,
                accumulate ? 1 : 0)
        }
        let status = whet_bf16_product(
            bfloat16, rows, weight.outputs, weight.inputs, x, weight.rounded, 1, y, accumulate ? 1 : 0)
        precondition(status == 0, "oneDNN refused a product of \(rows) × \(weight.outputs) × \(weight.inputs)")
    }

    /// dx `[rows, inputs]` = dy `[rows, outputs]` · w `[outputs, inputs]`
    func backwardInput(
        rows: Int, dy: UnsafePointer<Float>, weight: PackedMatrix, dx: UnsafeMutablePointer<Float>
    ) {
        guard let bfloat16 else {
            return whet_product_unpacked(
                rows, weight.inputs, weight.outputs, dy, weight.outputs, 1, weight.matrix, weight.inputs, dx,
                weight.inputs, 0, scratch(depth: weight.outputs))
        }
        let status = whet_bf16_product(bfloat16, rows, weight.inputs, weight.outputs, dy, weight.rounded, 0, dx, 0)
        precondition(status == 0, "oneDNN refused a product of \(rows) × \(weight.inputs) × \(weight.outputs)")
    }

    /// dw `[outputs, inputs]` += dyᵀ · x, of the output rows in `part` only. dy `[tokens, outputs]`, x `[tokens,
    /// inputs]`. In fp32 at either precision, because it sums over many tokens.
    func backwardWeight(
        part: Range<Int>, tokens: Int, dy: UnsafePointer<Float>, outputs: Int, x: UnsafePointer<Float>, inputs: Int,
        dw: UnsafeMutablePointer<Float>
    ) {
        for first in stride(from: 0, to: tokens, by: MatrixProducts.gradientChunk) {
            let count = min(MatrixProducts.gradientChunk, tokens - first)
            whet_product_unpacked(
                part.count, inputs, count, dy + first * outputs + part.lowerBound, 1, outputs, x + first * inputs,
                inputs, dw + part.lowerBound * inputs, inputs, 1, scratch(depth: count))
        }
    }

    private func scratch(depth: Int) -> UnsafeMutablePointer<Float> {
        let needed = Int(WHET_PANEL) * depth
        if panel.count < needed { panel = FloatBuffer(needed) }
        return panel.pointer
    }
}

/// A weight `[outputs, inputs]`, and copies of it as products read it.
struct PackedMatrix {
    let matrix: UnsafePointer<Float>
    /// In panels, for the forward product in fp32; `size` floats.
    let panels: UnsafeMutablePointer<Float>?
    /// In bfloat16, for both products at that precision; as many as the matrix has.
    let rounded: UnsafeMutablePointer<UInt16>?
    let outputs: Int
    let inputs: Int

    static func size(outputs: Int, inputs: Int) -> Int { whet_packed_size(inputs, outputs) }

    /// Takes up the matrix as it is now.
    func pack() {
        if let panels { whet_pack(inputs, outputs, matrix, 1, inputs, panels) }
        if let rounded { whet_to_bfloat16(inputs * outputs, matrix, rounded) }
    }
}
