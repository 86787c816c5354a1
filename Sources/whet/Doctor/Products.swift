import Foundation
import WhetEngine

/// How fast matrix products are on this machine, and whether bf16 is to be had at all.
enum Products {
    static func findings() -> [Finding] {
        Precision.allCases.map { precision in
            let benchmark = EngineBenchmark(threads: ProcessInfo.processInfo.activeProcessorCount)
            do {
                let speed = try benchmark.products(precision)
                return Finding(
                    "products", precision.rawValue, .good,
                    "\(Int(speed.rounded())) GFLOP/s on \(benchmark.threads) threads",
                    figure: speed)
            } catch {
                return Finding(
                    "products", precision.rawValue, .lacking, "not available on this machine or in this build",
                    remedy: "apt-get install libdnnl-dev and build again; needs AVX-512 or AMX")
            }
        }
    }
}
