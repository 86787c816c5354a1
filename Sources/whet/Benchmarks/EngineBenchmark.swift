import Foundation
import WhetEngine

/// How fast the embedded engine trains and samples. `scripts/test-integration engine` runs PyTorch beside it.
struct EngineBenchmark: Benchmark {
    static let name = "engine"
    static let summary = "tokens a second of training, and of sampling 64 at a time, on two shapes of Qwen3"

    func run(progress: @Sendable (String) -> Void) async throws -> [(name: String, value: Double)] {
        let threads = ProcessInfo.processInfo.activeProcessorCount
        progress("\(threads) threads")
        return try EngineBenchmark(threads: threads).run()
    }
}
