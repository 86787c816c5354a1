import CWhetKernels
import WhetCore

/// In what numbers matrix products are computed. Everything else, and the weights themselves, are fp32 always.
public enum Precision: String, Sendable, Hashable, CaseIterable, Codable {
    /// The reference.
    case fp32
    /// Factors rounded to bfloat16, sums in fp32; gradients of weights stay fp32. Needs oneDNN and AVX-512 or AMX.
    case bf16

    /// Whether this build and CPU can.
    var isAvailable: Bool {
        guard self == .bf16 else { return true }
        let handle = whet_bf16_create()
        defer { whet_bf16_destroy(handle) }
        return handle != nil
    }

    /// - Throws: `WhetError` if this build or CPU cannot; call it before a model is made at this precision.
    public func check() throws {
        guard isAvailable else {
            throw WhetError(
                "this machine cannot compute in \(rawValue)", expected: "oneDNN and a CPU with AVX-512 or AMX",
                suggestion: Precision.fp32.rawValue, remedy: "apt-get install libdnnl-dev and build again, or use fp32")
        }
    }
}
