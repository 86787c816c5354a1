import CWhetKernels
import Foundation
import WhetCore

extension Safetensors {
    /// One tensor to write: fp32 elements, row-major.
    package struct Tensor {
        package let name: String
        package let shape: [Int]
        package let values: ArraySlice<Float>

        package init(name: String, shape: [Int], values: ArraySlice<Float>) {
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    /// Writes a file whole or not at all.
    ///
    /// - Throws: `WhetError` that names the file; nothing of that name was changed then.
    package static func write(
        _ tensors: [Tensor], to file: URL, dtype: ElementType, metadata: [String: String] = ["format": "pt"]
    ) throws {
        precondition(dtype == .float32 || dtype == .bfloat16, "weights are written as F32 or BF16")
        let header = Header(tensors.map { .init($0.name, dtype, shape: $0.shape) }, metadata: metadata)
        var data = Data(capacity: header.fileSize)
        data.append(contentsOf: header.bytes)
        for tensor in tensors {
            tensor.values.withUnsafeBufferPointer { values in
                guard let start = values.baseAddress else { return }
                if dtype == .float32 {
                    data.append(UnsafeBufferPointer(start: start, count: values.count))
                } else {
                    var words = [UInt16](repeating: 0, count: values.count)
                    whet_to_bfloat16(values.count, start, &words)
                    words.withUnsafeBufferPointer { data.append($0) }
                }
            }
        }
        try WholeFiles.write(data, to: file)
    }
}
