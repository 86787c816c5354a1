import WhetBackends
import WhetCore

/// A tensor somewhere in the files of a model.
typealias StoredTensor = (file: Safetensors, entry: Safetensors.Entry)

extension ParameterLayout {
    /// Whether every tensor is there, and of the right shape.
    ///
    /// - Throws: `WhetError` that names the first one which is not.
    func check(
        prefix: String = "", place: String, names: some Collection<String>, find: (String) -> StoredTensor?
    ) throws {
        for tensor in tensors {
            let name = prefix + tensor.name
            guard let (file, entry) = find(name) else {
                throw WhetError("the tensor \"\(name)\" is missing", at: place, suggestion: name.nearest(among: names))
            }
            guard entry.type.isFloat else {
                throw WhetError(
                    "the tensor \"\(name)\" has elements of type \(entry.type.rawValue)", at: file.file.path,
                    expected: "floating-point numbers")
            }
            guard entry.shape == tensor.shape else {
                throw WhetError(
                    "the tensor \"\(name)\" has shape \(entry.shape)", at: file.file.path,
                    expected: "\(tensor.shape), by config.json")
            }
        }
    }
}

extension Parameters {
    /// Reads tensors that were checked.
    mutating func read(prefix: String = "", find: (String) -> StoredTensor?) {
        let layout = layout
        values.withUnsafeMutableBufferPointer { values in
            guard let start = values.baseAddress else { return }
            for tensor in layout.tensors {
                guard let (file, entry) = find(prefix + tensor.name) else { preconditionFailure("check comes first") }
                file.read(entry, into: start + tensor.range.lowerBound)
            }
        }
    }

    /// Reads every tensor of the layout from one file, where their names begin with `prefix`.
    ///
    /// - Throws: `WhetError` if one is missing or of another shape; nothing was read then.
    mutating func read(from file: Safetensors, prefix: String = "") throws {
        func find(_ name: String) -> StoredTensor? { file.entries[name].map { (file, $0) } }
        try layout.check(prefix: prefix, place: file.file.path, names: file.entries.keys, find: find)
        read(prefix: prefix, find: find)
    }
}

extension Parameters {
    /// Every tensor of the layout as it is written, under names that begin with `prefix`.
    func tensors(prefix: String = "") -> [Safetensors.Tensor] {
        layout.tensors.map {
            Safetensors.Tensor(name: prefix + $0.name, shape: $0.shape, values: values[$0.range])
        }
    }
}
