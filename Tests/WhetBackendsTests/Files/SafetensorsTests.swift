import Foundation
import Testing
import WhetCore
import WhetTestSupport

@testable import WhetBackends

@Suite("Safetensors")
struct SafetensorsTests {
    /// A file of a header and bytes.
    static func file(_ header: String, bytes: Int = 16, length: UInt64? = nil) -> Data {
        var data = Data()
        withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { data.append(contentsOf: $0) }
        data.append(contentsOf: header.utf8)
        data.append(Data(count: bytes))
        return data
    }

    static let hostile: [(name: String, data: Data)] = [
        ("empty", Data()),
        ("seven bytes", Data(count: 7)),
        ("a header longer than the file", file("{}", length: 1 << 20)),
        ("a header longer than memory", file("{}", length: .max)),
        ("a header of a negative length", file("{}", length: 1 << 63)),
        ("no JSON", file("{\"a\":")),
        ("JSON that is no object", file("[1, 2]")),
        ("a tensor that is no object", file(#"{"a": 3}"#)),
        ("no dtype", file(#"{"a": {"shape": [4], "data_offsets": [0, 16]}}"#)),
        ("an unknown dtype", file(#"{"a": {"dtype": "F8_E4M3", "shape": [16], "data_offsets": [0, 16]}}"#)),
        ("no shape", file(#"{"a": {"dtype": "F32", "data_offsets": [0, 16]}}"#)),
        ("a shape with a text", file(#"{"a": {"dtype": "F32", "shape": ["4"], "data_offsets": [0, 16]}}"#)),
        ("a negative shape", file(#"{"a": {"dtype": "F32", "shape": [-2, -2], "data_offsets": [0, 16]}}"#)),
        (
            "a shape beyond 64 bits",
            file(#"{"a": {"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 16]}}"#)
        ),
        ("a shape of the wrong size", file(#"{"a": {"dtype": "F32", "shape": [5], "data_offsets": [0, 16]}}"#)),
        ("offsets beyond the file", file(#"{"a": {"dtype": "F32", "shape": [5], "data_offsets": [0, 20]}}"#)),
        (
            "offsets near the end of 64 bits",
            file(#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [9223372036854775803, 9223372036854775807]}}"#)
        ),
        ("negative offsets", file(#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}"#)),
        ("offsets in the wrong order", file(#"{"a": {"dtype": "F32", "shape": [0], "data_offsets": [16, 0]}}"#)),
        ("three offsets", file(#"{"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16, 16]}}"#)),
        (
            "overlapping tensors",
            file(
                #"{"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]},"#
                    + #" "b": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}"#
            )
        ),
    ]

    @Test("a broken file is refused in words", arguments: hostile.indices)
    func refuses(index: Int) async throws {
        let (name, data) = Self.hostile[index]
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "model.safetensors")
            try data.write(to: file)
            let error = #expect(throws: WhetError.self, "\(name)") { try Safetensors(file: file) }
            #expect(error?.place == file.path)
        }
    }

    @Test("any cut or changed byte of a good file gives an error or a file, never a crash", arguments: 0..<50)
    func mutations(seed: UInt64) async throws {
        var random = RandomStream(key: seed)
        var data = Self.file(
            #"{"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},"#
                + #" "b": {"dtype": "BF16", "shape": [3], "data_offsets": [16, 22]}}"#,
            bytes: 22)
        for _ in 0..<3 { data[Int.random(in: 0..<data.count, using: &random)] = .random(in: 0...255, using: &random) }
        if seed % 3 == 0 { data = data.prefix(Int.random(in: 0..<data.count, using: &random)) }
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "model.safetensors")
            try data.write(to: file)
            guard let read = try? Safetensors(file: file) else { return }
            for entry in read.entries.values {
                #expect(read.floats(entry).count == entry.count)
            }
        }
    }

    @Test("what is written is read again", arguments: [Safetensors.ElementType.float32, .bfloat16])
    func roundTrip(type: Safetensors.ElementType) async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "model.safetensors")
            // All of these are bfloat16 numbers, too.
            let values: [Float] = [1, -2.5, 0, -0.0, 3e38, 1e-38, .infinity, 0.15625]
            try Safetensors.write(
                [
                    .init(name: "a", shape: [2, 3], values: values[..<6]),
                    .init(name: "b", shape: [2], values: values[6...]),
                ],
                to: file, dtype: type, metadata: ["step": "7"])
            let read = try Safetensors(file: file)
            #expect(read.metadata == ["step": "7"])
            let a = try #require(read.entries["a"])
            let b = try #require(read.entries["b"])
            #expect(a.shape == [2, 3] && b.shape == [2])
            let expected = type == .float32 ? values : values.map(bfloat16)
            #expect((read.floats(a) + read.floats(b)).map(\.bitPattern) == expected.map(\.bitPattern))
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["model.safetensors"])
        }
    }

    /// Rounded to the nearest number of 8 significant bits, ties to even.
    private func bfloat16(_ value: Float) -> Float {
        let bits = value.bitPattern
        return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
    }

    @Test("half precision is widened as IEEE 754 says")
    func float16() async throws {
        let halves: [UInt16] = [0x3C00, 0xC100, 0x0001, 0x8000, 0x7BFF, 0x7C00, 0x03FF, 0x0400]
        let expected: [Float] = [1, -2.5, 0x1p-24, -0.0, 65504, .infinity, 0x1.ff8p-15, 0x1p-14]
        var data = Self.file(#"{"a": {"dtype": "F16", "shape": [8], "data_offsets": [0, 16]}}"#, bytes: 0)
        halves.withUnsafeBytes { data.append(contentsOf: $0) }
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "model.safetensors")
            try data.write(to: file)
            let read = try Safetensors(file: file)
            let values = read.floats(try #require(read.entries["a"]))
            #expect(values.map(\.bitPattern) == expected.map(\.bitPattern))
        }
    }
}

extension Safetensors {
    fileprivate func floats(_ entry: Entry) -> [Float] {
        [Float](unsafeUninitializedCapacity: max(1, entry.count)) { buffer, count in
            read(entry, into: buffer.baseAddress!)
            count = entry.count
        }
    }
}
