import Foundation
import Testing
import WhetCore
import WhetTestSupport

@testable import WhetBackends

@Suite("A batch as a file")
struct BatchFileTests {
    private static func sequences(seed: UInt64) -> [TrainingSequence] {
        var random = RandomStream(key: seed)
        func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -3...3, using: &random) } }
        return (0..<Int.random(in: 0...6, using: &random)).map { _ in
            let count = Int.random(in: 0...9, using: &random)
            let hasReference = seed % 3 != 0 && (seed % 3 == 1 || Bool.random(using: &random))
            return TrainingSequence(
                tokens: (0..<count).map { _ in Int32.random(in: 0...70_000, using: &random) },
                mask: (0..<count).map { $0 > 0 && Bool.random(using: &random) }, advantages: numbers(count),
                weights: numbers(count), behaviorLogProbabilities: numbers(count),
                referenceLogProbabilities: hasReference ? numbers(count) : nil,
                component: seed % 2 == 0 ? nil : ["a", "b", nil].randomElement(using: &random)!,
                temperature: Float.random(in: 0.1...2, using: &random),
                vote: seed % 5 == 0 ? 1 : Double.random(in: 0...1, using: &random))
        }
    }

    @Test("is read as it was written", arguments: 0..<40)
    func roundTrip(seed: UInt64) async throws {
        let sequences = Self.sequences(seed: seed)
        try await withTemporaryDirectory { folder in
            let file = folder.appending(path: BatchFile.name)
            try BatchFile.write(sequences, components: ["a", "b"], to: file)
            let read = try BatchFile.sequences(in: file, components: ["a", "b"])
            #expect(read.map(Values.init) == sequences.map(Values.init))
        }
    }

    private struct Values: Equatable {
        let tokens: [Int32], mask: [Bool], numbers: [[Float]], hasReference: Bool, component: String?, vote: Double

        init(_ sequence: TrainingSequence) {
            tokens = sequence.tokens
            mask = sequence.mask
            numbers = [
                sequence.advantages, sequence.weights, sequence.behaviorLogProbabilities,
                sequence.referenceLogProbabilities ?? [], [sequence.temperature],
            ]
            hasReference = sequence.referenceLogProbabilities != nil
            component = sequence.component
            vote = sequence.vote
        }
    }

    @Test("lies as docs/trainers.md says: arrays of one dimension, aligned, the optional ones where they say something")
    func layout() async throws {
        let sequence = TrainingSequence(
            tokens: [5, 6, 7], mask: [false, true, false], advantages: [0, 1, 0], weights: [1, 1, 1],
            behaviorLogProbabilities: [0, -1, 0])
        try await withTemporaryDirectory { folder in
            let file = folder.appending(path: BatchFile.name)
            try BatchFile.write([sequence, sequence], to: file)
            let stored = try Safetensors(file: file)
            #expect(
                stored.entries.mapValues { "\($0.type.rawValue) \($0.shape)" } == [
                    "offsets": "I64 [3]", "tokens": "I32 [6]", "mask": "U8 [6]", "advantages": "F32 [6]",
                    "weights": "F32 [6]", "behavior_log_probabilities": "F32 [6]", "temperatures": "F32 [2]",
                ])
            for entry in stored.entries.values { #expect(entry.bytes.lowerBound % entry.type.bytes == 0) }
            #expect(stored.elements(try #require(stored.entries["offsets"]), as: Int64.self) == [0, 3, 6])
            #expect(stored.elements(try #require(stored.entries["mask"]), as: UInt8.self) == [0, 1, 0, 0, 1, 0])
        }
    }

    @Test("a component that the loss has not is named")
    func unknownComponent() throws {
        let sequence = TrainingSequence(
            tokens: [], mask: [], advantages: [], weights: [], behaviorLogProbabilities: [], component: "crossentropy")
        let error = #expect(throws: WhetError.self) {
            try BatchFile.data(of: [sequence], components: ["cross_entropy"])
        }
        #expect(error?.suggestion == "cross_entropy")
    }

    /// Changes to a good batch, and what the sentence about each has to say.
    private typealias Tensors = [String: (String, [Int], [UInt8])]
    private static let wrong: [(change: @Sendable (inout Tensors) -> Void, words: String)] = [
        ({ $0["tokens"] = nil }, "no tensor \"tokens\""),
        ({ $0["tokens"]?.0 = "F32" }, "\"tokens\" is of type F32"),
        ({ $0["tokens"]?.1 = [1, 2] }, "shape [1, 2]"),
        ({ $0["mask"] = ("U8", [1], [0]) }, "\"mask\" has 1 elements"),
        ({ $0["mask"]?.2 = [1, 1] }, "the first token is to be trained"),
        ({ $0["temperatures"]?.2 = [0, 0, 0, 0] }, "the temperature is not above 0"),
        ({ $0["offsets"]?.2[0] = 1 }, "does not cut the tokens"),
        ({ $0["offsets"]?.2[15] = 0x80 }, "does not cut the tokens"),
        ({ $0["components"] = ("I32", [1], [7, 0, 0, 0]) }, "it is of component 7"),
        ({ $0["components"] = ("I32", [1], [0xFE, 0xFF, 0xFF, 0xFF]) }, "it is of component -2"),
        ({ $0["votes"] = ("F64", [2], [UInt8](repeating: 0, count: 16)) }, "\"votes\" has 2 elements"),
    ]

    @Test("what is not so is refused in words", arguments: wrong.indices)
    func refuses(index: Int) async throws {
        let (change, words) = Self.wrong[index]
        func bytes<Element>(_ elements: [Element]) -> [UInt8] { elements.withUnsafeBytes { Array($0) } }
        var tensors: Tensors = [
            "offsets": ("I64", [2], bytes([Int64(0), 2])), "tokens": ("I32", [2], bytes([Int32(1), 2])),
            "mask": ("U8", [2], [0, 1]), "advantages": ("F32", [2], bytes([Float(1), 1])),
            "weights": ("F32", [2], bytes([Float(1), 1])),
            "behavior_log_probabilities": ("F32", [2], bytes([Float(0), 0])),
            "temperatures": ("F32", [1], bytes([Float(1)])),
        ]
        change(&tensors)
        var header = JSONObject()
        var body: [UInt8] = []
        for (name, tensor) in tensors {
            header[name] = [
                "dtype": .string(tensor.0), "shape": .array(tensor.1.map { .integer($0) }),
                "data_offsets": [.integer(body.count), .integer(body.count + tensor.2.count)],
            ]
            body += tensor.2
        }
        let text = JSONText(.object(header)).bytes
        try await withTemporaryDirectory { folder in
            let file = folder.appending(path: BatchFile.name)
            try Data(bytes([UInt64(text.count)]) + text + body).write(to: file)
            let error = #expect(throws: WhetError.self) { try BatchFile.sequences(in: file) }
            #expect(error?.problem.contains(words) == true, "\(error?.description ?? "")")
        }
    }
}
