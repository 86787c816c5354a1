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
        precondition(dtype != .float16, "weights are written as F32 or BF16")
        var header = JSONObject()
        header["__metadata__"] = .object(
            JSONObject(
                metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }, uniquingKeysWith: { $1 }))
        var offset = 0
        for tensor in tensors {
            let end = offset + tensor.values.count * dtype.bytes
            header[tensor.name] = [
                "dtype": .string(dtype.rawValue), "shape": .array(tensor.shape.map { .integer($0) }),
                "data_offsets": [.integer(offset), .integer(end)],
            ]
            offset = end
        }
        var bytes = JSONText(.object(header)).bytes
        while (8 + bytes.count) % 8 != 0 { bytes.append(UInt8(ascii: " ")) }

        var data = Data(capacity: 8 + bytes.count + offset)
        withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { data.append(contentsOf: $0) }
        data.append(contentsOf: bytes)
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
