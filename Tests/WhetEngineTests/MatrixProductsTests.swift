import CWhetKernels
import Testing
import WhetCore

@testable import WhetEngine

@Suite("Matrix products")
struct MatrixProductsTests {
    /// Rows, outputs, inputs: whole tiles, remainders, and less than a tile.
    static let shapes = [
        (1, 1, 1), (3, 5, 7), (12, 32, 16), (13, 33, 17), (16, 640, 128), (37, 100, 64), (64, 53, 28), (25, 31, 300),
    ]

    @Test("agree with sums in double precision", arguments: shapes)
    func agrees(rows: Int, outputs: Int, inputs: Int) {
        var random = RandomStream(key: UInt64(rows * 1000 + outputs))
        let x = random.floats(rows * inputs)
        let w = random.floats(outputs * inputs)
        let dy = random.floats(rows * outputs)
        let products = MatrixProducts(precision: .fp32)
        let panels = FloatBuffer(PackedMatrix.size(outputs: outputs, inputs: inputs))

        w.withUnsafeBufferPointer { w in
            let weight = PackedMatrix(
                matrix: w.baseAddress!, panels: panels.pointer, rounded: nil, outputs: outputs, inputs: inputs)
            weight.pack()
            var y = [Float](repeating: 1, count: rows * outputs)
            products.forward(rows: rows, x: x, weight: weight, y: &y, accumulate: true)
            for i in 0..<rows {
                for n in 0..<outputs {
                    let sum = (0..<inputs).reduce(1.0) { $0 + Double(x[i * inputs + $1]) * Double(w[n * inputs + $1]) }
                    #expect(abs(Double(y[i * outputs + n]) - sum) < 1e-4)
                }
            }
            var dx = [Float](repeating: .nan, count: rows * inputs)
            products.backwardInput(rows: rows, dy: dy, weight: weight, dx: &dx)
            for i in 0..<rows {
                for k in 0..<inputs {
                    let sum = (0..<outputs).reduce(0.0) {
                        $0 + Double(dy[i * outputs + $1]) * Double(w[$1 * inputs + k])
                    }
                    #expect(abs(Double(dx[i * inputs + k]) - sum) < 1e-4)
                }
            }
        }
        var dw = [Float](repeating: 2, count: outputs * inputs)
        let half = outputs / 2
        for part in [0..<half, half..<outputs] {
            products.backwardWeight(
                part: part, tokens: rows, dy: dy, outputs: outputs, x: x, inputs: inputs, dw: &dw)
        }
        for n in 0..<outputs {
            for k in 0..<inputs {
                let sum = (0..<rows).reduce(2.0) { $0 + Double(dy[$1 * outputs + n]) * Double(x[$1 * inputs + k]) }
                #expect(abs(Double(dw[n * inputs + k]) - sum) < 1e-4)
            }
        }
    }

    @Test(
        "a row's bits do not depend on the rows beside it",
        arguments: [(128, 256), (640, 128), (53, 28), (256, 768)], Precision.allCases.filter(\.isAvailable))
    func invariant(shape: (outputs: Int, inputs: Int), precision: Precision) {
        var random = RandomStream(key: 5)
        let rows = 130
        let outputs = shape.outputs
        let inputs = shape.inputs
        let products = MatrixProducts(precision: precision)
        let x = random.floats(rows * inputs)
        let w = random.floats(outputs * inputs)
        let panels = FloatBuffer(PackedMatrix.size(outputs: outputs, inputs: inputs))
        var rounded = [UInt16](repeating: 0, count: outputs * inputs)
        w.withUnsafeBufferPointer { w in
            rounded.withUnsafeMutableBufferPointer { rounded in
                let weight = PackedMatrix(
                    matrix: w.baseAddress!, panels: panels.pointer, rounded: rounded.baseAddress!, outputs: outputs,
                    inputs: inputs)
                weight.pack()
                var whole = [Float](repeating: 0, count: rows * outputs)
                products.forward(rows: rows, x: x, weight: weight, y: &whole)
                var wholeBack = [Float](repeating: 0, count: rows * inputs)
                products.backwardInput(rows: rows, dy: whole, weight: weight, dx: &wholeBack)
                for count in [1, 2, 3, 5, 8, 11, 12, 13, 16, 31, 64, 100] {
                    let first = rows - count
                    var some = [Float](repeating: 0, count: count * outputs)
                    products.forward(rows: count, x: Array(x[(first * inputs)...]), weight: weight, y: &some)
                    #expect(some.bits == Array(whole[(first * outputs)...]).bits, "\(count) rows")
                    var back = [Float](repeating: 0, count: count * inputs)
                    products.backwardInput(rows: count, dy: some, weight: weight, dx: &back)
                    #expect(back.bits == Array(wholeBack[(first * inputs)...]).bits, "\(count) rows back")
                }
            }
        }
    }
}
