import CWhetKernels
import Foundation
import WhetCore

/// Hugging Face's file of tensors: a length of 8 bytes, a JSON header, the bytes of the tensors.
///
/// Keeps: a header is believed only after every offset, size and overlap was checked against the file; a file that lies
/// gives a `WhetError`, never a crash.
package struct Safetensors: Sendable {
    package enum ElementType: String, Sendable, CaseIterable {
        case float32 = "F32"
        case bfloat16 = "BF16"
        case float16 = "F16"
        // Those of batches.
        case float64 = "F64"
        case int64 = "I64"
        case int32 = "I32"
        case uint8 = "U8"

        package var bytes: Int {
            switch self {
            case .float64, .int64: 8
            case .float32, .int32: 4
            case .bfloat16, .float16: 2
            case .uint8: 1
            }
        }

        /// Whether they can be weights.
        package var isFloat: Bool {
            switch self {
            case .float32, .bfloat16, .float16, .float64: true
            case .int64, .int32, .uint8: false
            }
        }
    }

    package struct Entry: Sendable, Hashable {
        package let type: ElementType
        package let shape: [Int]
        /// Of the file's bytes.
        package let bytes: Range<Int>
        package var count: Int { bytes.count / type.bytes }
    }

    package let file: URL
    package private(set) var entries: [String: Entry] = [:]
    package private(set) var metadata: [String: String] = [:]
    private let data: Data

    /// Larger headers than this are refused, as the format's own reader does.
    private static let longestHeader = 100_000_000

    /// Maps the file and checks its header.
    ///
    /// - Throws: `WhetError` that says what in the file is wrong.
    package init(file: URL) throws {
        self.file = file
        do { data = try Data(contentsOf: file, options: .alwaysMapped) } catch {
            throw WhetError("the file cannot be read", at: file.path, because: error)
        }
        guard data.count >= 8 else { throw broken("it is \(data.count) bytes long, too short for a header") }
        let length = data.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
        guard length <= UInt64(Safetensors.longestHeader), Int(length) <= data.count - 8 else {
            throw broken("its header claims \(length) bytes of the file's \(data.count)")
        }
        let start = 8 + Int(length)
        let json: JSONValue
        do { json = try JSONValue(parsing: Data(data[8..<start])) } catch let error as WhetError {
            throw broken("its header is not JSON: \(error.problem)")
        }
        guard let header = json.object else { throw broken("its header is no JSON object") }
        for (name, value) in header {
            if name == "__metadata__" {
                metadata = (value.object ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.string }
            } else {
                entries[name] = try entry(name, value, start: start)
            }
        }
        let ordered = entries.sorted {
            ($0.value.bytes.lowerBound, $0.value.bytes.upperBound) < (
                $1.value.bytes.lowerBound, $1.value.bytes.upperBound
            )
        }
        for (first, second) in zip(ordered, ordered.dropFirst())
        where first.value.bytes.upperBound > second.value.bytes.lowerBound {
            throw broken("the tensors \"\(first.key)\" and \"\(second.key)\" overlap")
        }
    }

    private func broken(_ problem: String) -> WhetError {
        WhetError(
            "the file is no valid safetensors file: \(problem)", at: file.path,
            remedy: "fetch or write the file again; it may have been cut short")
    }

    private func entry(_ name: String, _ value: JSONValue, start: Int) throws -> Entry {
        guard let typeName = value["dtype"]?.string, let shapeValues = value["shape"]?.array,
            let offsets = value["data_offsets"]?.array, offsets.count == 2, let low = offsets[0].integer,
            let high = offsets[1].integer
        else { throw broken("the tensor \"\(name)\" lacks dtype, shape or data_offsets") }
        guard let type = ElementType(rawValue: typeName) else {
            throw WhetError(
                "the tensor \"\(name)\" has elements of type \(typeName)", at: file.path,
                expected: "one of \(ElementType.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let shape = shapeValues.compactMap(\.integer)
        guard shape.count == shapeValues.count, shape.allSatisfy({ $0 >= 0 }) else {
            throw broken("the tensor \"\(name)\" has a shape that is not of whole numbers")
        }
        guard low >= 0, low <= high, high <= data.count - start else {
            throw broken("the tensor \"\(name)\" claims bytes \(low)..<\(high) of \(data.count - start)")
        }
        var size = type.bytes
        for extent in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            guard !overflow else { throw broken("the tensor \"\(name)\" is larger than memory can be") }
            size = product
        }
        guard size == high - low else {
            throw broken("the tensor \"\(name)\" of shape \(shape) needs \(size) bytes and has \(high - low)")
        }
        return Entry(type: type, shape: shape, bytes: start + low..<start + high)
    }

    /// The elements of an entry of this file as they are.
    ///
    /// - Parameter type: what the entry says it is of.
    package func elements<Element: BitwiseCopyable>(_ entry: Entry, as type: Element.Type) -> [Element] {
        precondition(MemoryLayout<Element>.size == entry.type.bytes, "\(type) is not of \(entry.type.bytes) bytes")
        return data.withUnsafeBytes { bytes in
            [Element](unsafeUninitializedCapacity: entry.count) { buffer, count in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: .init(rebasing: bytes[entry.bytes]))
                count = entry.count
            }
        }
    }

    /// Copies the elements of an entry of this file, as fp32, to where there is room for `entry.count`.
    package func read(_ entry: Entry, into destination: UnsafeMutablePointer<Float>) {
        data.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress?.advanced(by: entry.bytes.lowerBound), entry.count > 0 else { return }
            switch entry.type {
            case .float32: memcpy(destination, start, entry.bytes.count)
            case .bfloat16, .float16:
                // A tensor may start at any byte; the kernels want whole 16-bit words.
                let words = [UInt16](unsafeUninitializedCapacity: entry.count) { buffer, count in
                    memcpy(buffer.baseAddress!, start, entry.bytes.count)
                    count = entry.count
                }
                if entry.type == .bfloat16 {
                    whet_from_bfloat16(entry.count, words, destination)
                } else {
                    whet_from_float16(entry.count, words, destination)
                }
            case .float64: convert(entry, Double.self, to: destination) { Float($0) }
            case .int64: convert(entry, Int64.self, to: destination) { Float($0) }
            case .int32: convert(entry, Int32.self, to: destination) { Float($0) }
            case .uint8: convert(entry, UInt8.self, to: destination) { Float($0) }
            }
        }
    }

    private func convert<Element: BitwiseCopyable>(
        _ entry: Entry, _ type: Element.Type, to destination: UnsafeMutablePointer<Float>, _ float: (Element) -> Float
    ) {
        for (index, element) in elements(entry, as: type).enumerated() { destination[index] = float(element) }
    }
}
