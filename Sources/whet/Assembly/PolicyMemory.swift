import Foundation
import WhetCore
import WhetEngine
import WhetTraining

/// Whether a policy can be in this machine's memory at all; found out before any of it is taken.
///
/// Keeps: only what certainly cannot be is refused: activations, caches and other programs are not counted.
struct PolicyMemory {
    private let parameters: Double
    /// For a parameter.
    private let bytesEach: Double

    /// Of a server, which has the weights in fp32.
    init(served configuration: ModelConfiguration) {
        parameters = Double(configuration.parameterCount)
        bytesEach = 4
    }

    /// Of a run: the weights of whet's own trainer, their gradient and AdamW's two moments, and what its own server
    /// samples from, all in fp32.
    init(_ configuration: ModelConfiguration, in recipe: Recipe) {
        parameters = Double(configuration.parameterCount)
        let trains = recipe.run.steps > 0 || recipe.warmup.steps > 0
        let trainer = recipe.trainer.kind == .embedded ? 4 + (trains ? 12.0 : 0) : 0
        bytesEach = trainer + (recipe.inference.kind == .embedded ? 4 : 0)
    }

    /// - Throws: `WhetError` with both sizes.
    func check(at place: String, within bytes: Double = Self.machine) throws {
        let needed = parameters * bytesEach
        guard needed > bytes else { return }
        let gigabytes = (needed / 1e9).fixed(needed < 1e10 ? 1 : 0)
        throw WhetError(
            "the policy's \((parameters / 1e6).fixed(0)) million parameters take at least \(gigabytes) GB of memory, "
                + "and this process may have \((bytes / 1e9).fixed(1)) GB",
            at: place, expected: "at most \((bytes / bytesEach / 1e6).fixed(0)) million parameters",
            remedy: "a smaller policy, or a larger machine")
    }

    /// Bytes that this process may have: of the machine, its control group and its limits, whichever is least.
    static var machine: Double {
        var limits = [Double(ProcessInfo.processInfo.physicalMemory) + swap]
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max {
            limits.append(Double(limit.rlim_cur))
        }
        if let text = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8),
            let bytes = Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
        {
            limits.append(bytes)
        }
        return limits.min() ?? .infinity
    }

    private static var swap: Double {
        let lines = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8))?.split(separator: "\n") ?? []
        let words = lines.first { $0.hasPrefix("SwapTotal:") }?.split(separator: " ") ?? []
        return words.count > 1 ? (Double(words[1]) ?? 0) * 1_024 : 0
    }
}
