import Foundation

/// What the processor can do, from the words of /proc/cpuinfo.
enum Processor {
    /// The instruction sets that make products faster, by the kernel's names.
    static let instructionSets = ["avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16"]

    static func findings(cpuinfo: String?, cores: Int) -> [Finding] {
        guard let cpuinfo else {
            return [Finding("processor", "cores", .good, "\(cores)", figure: Double(cores))]
        }
        func value(_ key: String) -> Substring? {
            cpuinfo.split(separator: "\n").first { $0.hasPrefix(key) }?.split(separator: ":", maxSplits: 1).last
        }
        let model = value("model name").map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
        let flags = Set((value("flags") ?? value("Features") ?? "").split(separator: " ").map(String.init))
        let present = instructionSets.filter(flags.contains)
        let absent = instructionSets.filter { !flags.contains($0) }
        return [
            Finding("processor", "cores", .good, "\(cores) × \(model)", figure: Double(cores)),
            Finding(
                "processor", "instruction sets", present.contains("avx2") || !flags.contains("sse2") ? .good : .lacking,
                (present.isEmpty ? "none of those that help" : present.joined(separator: ", "))
                    + (absent.isEmpty ? "" : "; not \(absent.joined(separator: ", "))")),
        ]
    }
}
