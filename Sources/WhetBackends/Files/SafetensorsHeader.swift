import Foundation
import WhetCore

extension Safetensors {
    /// What a file begins with, and where its tensors lie, known before there is a file.
    package struct Header {
        /// One tensor to come.
        package struct Tensor {
            let name: String
            let type: ElementType
            let shape: [Int]

            package init(_ name: String, _ type: ElementType, shape: [Int]) {
                self.name = name
                self.type = type
                self.shape = shape
            }
        }

        /// The length, the JSON, and spaces up to a multiple of 8.
        package let bytes: [UInt8]
        /// Of the file's bytes, a range for each tensor.
        package let ranges: [Range<Int>]
        /// Of the whole file.
        package var fileSize: Int { ranges.last?.upperBound ?? bytes.count }

        /// - Parameter tensors: in the order in which they lie in the file.
        package init(_ tensors: [Tensor], metadata: [String: String] = [:]) {
            var header = JSONObject()
            if !metadata.isEmpty {
                let members = metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
                header["__metadata__"] = .object(JSONObject(members, uniquingKeysWith: { $1 }))
            }
            var offsets: [Range<Int>] = []
            var start = 0
            for tensor in tensors {
                let end = start + tensor.shape.reduce(tensor.type.bytes, *)
                header[tensor.name] = [
                    "dtype": .string(tensor.type.rawValue), "shape": .array(tensor.shape.map { .integer($0) }),
                    "data_offsets": [.integer(start), .integer(end)],
                ]
                offsets.append(start..<end)
                start = end
            }
            var json = JSONText(.object(header)).bytes
            while (8 + json.count) % 8 != 0 { json.append(UInt8(ascii: " ")) }
            bytes = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
            let beginning = bytes.count
            ranges = offsets.map { beginning + $0.lowerBound..<beginning + $0.upperBound }
        }
    }
}
