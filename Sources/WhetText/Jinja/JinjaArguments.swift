import OrderedCollections
import WhetCore

/// The values that a call, filter or test is given.
struct JinjaArguments {
    typealias Named = OrderedDictionary<String, JinjaValue>

    var positional: [JinjaValue] = []
    var named: Named = [:]

    /// The argument at a position, or of that name; nil where it is not given.
    subscript(index: Int, name: String) -> JinjaValue? {
        positional.indices.contains(index) ? positional[index] : named[name]
    }

    func required(_ index: Int, _ name: String) throws -> JinjaValue {
        guard let value = self[index, name] else { throw WhetError("the argument \"\(name)\" is missing") }
        return value
    }

    func string(_ index: Int, _ name: String) throws -> String? {
        switch self[index, name] {
        case nil, .some(.none): return nil
        case .string(let text)?: return text
        case .some(let value): throw WhetError("the argument \"\(name)\" is a \(value.kind)", expected: "a string")
        }
    }

    func integer(_ index: Int, _ name: String) throws -> Int? {
        switch self[index, name] {
        case nil, .some(.none): return nil
        case .some(let value):
            guard let number = value.wholeNumber else {
                throw WhetError("the argument \"\(name)\" is a \(value.kind)", expected: "an integer")
            }
            return number
        }
    }

    func flag(_ index: Int, _ name: String) -> Bool { self[index, name]?.isTrue ?? false }
}
