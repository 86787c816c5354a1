import Foundation
import WhetBackends
import WhetCore

/// How long a large batch takes from memory into the file that a trainer's program reads, and back.
struct HandoverBenchmark: Benchmark {
    static let name = "handover"
    static let summary = "milliseconds that a batch for a trainer's program takes into its file, here and in memory"
    static let parameters = [
        BenchmarkParameter("tokens", 1_000_000, "of the batch"),
        BenchmarkParameter("sequence", 1_000, "tokens of each sequence"),
        BenchmarkParameter("repetitions", 7, "of which the median counts"),
    ]

    var tokens = 1_000_000
    var sequence = 1_000
    var repetitions = 7

    mutating func set(_ parameter: String, to value: Double) throws {
        guard let count = Int(exactly: value), 1...1_000_000_000 ~= count else {
            throw WhetError("\(parameter) cannot be \(value)", at: "--set", expected: "a whole number from 1")
        }
        switch parameter {
        case "tokens": tokens = count
        case "sequence": sequence = count
        default: repetitions = count
        }
    }

    func run(progress: @Sendable (String) -> Void) async throws -> [(name: String, value: Double)] {
        let batch = (0..<max(1, tokens / sequence)).map { Self.sequence($0, count: sequence) }
        var figures: [(name: String, value: Double)] = []
        for (name, path) in [("disk", FileManager.default.currentDirectoryPath), ("memory", "/dev/shm")] {
            let parent = URL(filePath: path, directoryHint: .isDirectory)
            guard FileManager.default.isWritableFile(atPath: parent.path) else {
                progress("\(parent.path) cannot be written and is left out")
                continue
            }
            progress("a batch of \(tokens) tokens, \(repetitions) times, in \(parent.path)")
            let folder = parent.appending(path: "whet-handover-\(UUID().uuidString)", directoryHint: .isDirectory)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appending(path: BatchFile.name)
            var (writing, reading): ([Double], [Double]) = ([], [])
            for _ in 0..<repetitions {
                writing.append(try Self.milliseconds { try BatchFile.write(batch, to: file) })
                reading.append(try Self.milliseconds { _ = try BatchFile.sequences(in: file) })
                try FileManager.default.removeItem(at: file)
            }
            figures.append(("\(name)_write_milliseconds", Self.median(writing)))
            figures.append(("\(name)_read_milliseconds", Self.median(reading)))
        }
        let bytes = try BatchFile.data(of: batch).count
        return figures + [("megabytes", Double(bytes) / 1e6)]
    }

    /// With a reference, as batches under a KL penalty have one.
    private static func sequence(_ index: Int, count: Int) -> TrainingSequence {
        let numbers = (0..<count).map { Float($0 % 7) - 3 }
        return TrainingSequence(
            tokens: (0..<count).map { Int32(($0 * 31 + index) % 50_000) }, mask: (0..<count).map { $0 > 100 },
            advantages: numbers, weights: [Float](repeating: 1, count: count), behaviorLogProbabilities: numbers,
            referenceLogProbabilities: numbers)
    }

    private static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        try ContinuousClock().measure(body) / .milliseconds(1)
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
