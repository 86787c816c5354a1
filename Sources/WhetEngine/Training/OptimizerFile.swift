import Foundation
import WhetBackends
import WhetCore

/// The optimizer's state as a safetensors file: `first.NAME` and `second.NAME` of each tensor, and the step.
extension AdamW {
    /// - Parameter metadata: more to keep beside the step.
    func write(to file: URL, layout: ParameterLayout, metadata: [String: String] = [:]) throws {
        let tensors = [("first.", first), ("second.", second)].flatMap { prefix, moments in
            Parameters(layout: layout, values: moments.array).tensors(prefix: prefix)
        }
        let own = ["format": "whet", "step": String(step)]
        try Safetensors.write(
            tensors, to: file, dtype: .float32, metadata: own.merging(metadata, uniquingKeysWith: { own, _ in own }))
    }

    /// - Throws: `WhetError`; the state was left as it was then.
    func read(from stored: Safetensors, layout: ParameterLayout) throws {
        guard let text = stored.metadata["step"], let step = Int(text), step >= 0 else {
            throw WhetError("the optimizer's file holds no step", at: stored.file.path)
        }
        var read: [Parameters] = []
        for prefix in ["first.", "second."] {
            var moments = Parameters(layout: layout)
            try moments.read(from: stored, prefix: prefix)
            read.append(moments)
        }
        for (moments, buffer) in zip(read, [first, second]) {
            moments.values.withUnsafeBufferPointer { values in
                if let start = values.baseAddress { buffer.pointer.update(from: start, count: values.count) }
            }
        }
        self.step = step
    }
}
