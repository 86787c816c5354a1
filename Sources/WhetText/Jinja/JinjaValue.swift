import OrderedCollections
import WhetCore

/// A value while a template runs: what Python would have in its place.
enum JinjaValue {
    /// Something that is not there; the name is for errors.
    case undefined(String)
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case list(JinjaList)
    case tuple(JinjaList)
    case dictionary(JinjaDictionary)
    case namespace(JinjaDictionary)
    case loop(JinjaLoop)
    case callable(JinjaCallable)
}

/// Elements that several names may share, as in Python.
final class JinjaList {
    var elements: [JinjaValue]
    init(_ elements: [JinjaValue]) { self.elements = elements }
}

/// Members in the order of insertion.
final class JinjaDictionary {
    var members: OrderedDictionary<JinjaKey, JinjaValue>
    init(_ members: OrderedDictionary<JinjaKey, JinjaValue>) { self.members = members }

    subscript(name: String) -> JinjaValue? { members[JinjaKey(name)] }
}

/// The variable `loop` within a loop.
final class JinjaLoop {
    let elements: [JinjaValue]
    let depth: Int
    var index = 0
    /// What `loop.changed` was given last.
    var lastSeen: [JinjaValue]?

    init(_ elements: [JinjaValue], depth: Int) {
        self.elements = elements
        self.depth = depth
    }
}

/// Something that can be called.
enum JinjaCallable {
    case macro(JinjaStatement.Macro, JinjaScope)
    case method(JinjaMethodOwner, String)
    case global(String)
}

/// A macro and the scope that it was defined in.
final class JinjaMacro {
    let macro: JinjaStatement.Macro
    let scope: JinjaScope

    init(_ macro: JinjaStatement.Macro, _ scope: JinjaScope) {
        self.macro = macro
        self.scope = scope
    }
}

/// A value that has methods, boxed because a method of it is a value again.
final class JinjaMethodOwner {
    let value: JinjaValue
    init(_ value: JinjaValue) { self.value = value }
}

/// The variables of a block, and the block around it.
final class JinjaScope {
    private var variables: [String: JinjaValue] = [:]
    private var parent: JinjaScope?

    init(parent: JinjaScope?) { self.parent = parent }

    subscript(name: String) -> JinjaValue? {
        get {
            var scope: JinjaScope? = self
            while let current = scope {
                if let value = current.variables[name] { return value }
                scope = current.parent
            }
            return nil
        }
        set { variables[name] = newValue }
    }

    func clear() {
        variables = [:]
        parent = nil
    }
}

/// A dictionary's key: equal where Python's would be.
struct JinjaKey: Hashable {
    let value: JinjaValue

    init(_ text: String) { value = .string(text) }

    /// - Throws: `WhetError` for what Python cannot hash.
    init(_ value: JinjaValue) throws {
        switch value {
        case .list, .dictionary, .namespace: throw WhetError("a \(value.kind) cannot be a key")
        case .tuple(let list): for element in list.elements { _ = try JinjaKey(element) }
        default: break
        }
        self.value = value
    }

    static func == (left: JinjaKey, right: JinjaKey) -> Bool {
        if case .string(let left) = left.value, case .string(let right) = right.value {
            return left.utf8.elementsEqual(right.utf8)
        }
        return (try? left.value.equals(right.value)) ?? false
    }

    func hash(into hasher: inout Hasher) {
        switch value {
        case .string(var text): text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        case .bool(let flag): hasher.combine(flag ? 1.0 : 0.0)
        case .integer(let number): hasher.combine(Double(number))
        case .number(let number): hasher.combine(number)
        case .tuple(let list): hasher.combine(list.elements.count)
        default: hasher.combine(0)
        }
    }
}

extension JinjaValue {
    /// How deep values may nest where they are compared or written; what is deeper came from a cycle or an attack.
    static let deepest = 100

    /// What an error calls the value.
    var kind: String {
        switch self {
        case .undefined: "undefined value"
        case .none: "none"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "float"
        case .string: "string"
        case .list: "list"
        case .tuple: "tuple"
        case .dictionary: "dictionary"
        case .namespace: "namespace"
        case .loop: "loop"
        case .callable: "function"
        }
    }

    /// Python's truth.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let flag): flag
        case .integer(let number): number != 0
        case .number(let number): number != 0
        case .string(let text): !text.isEmpty
        case .list(let list), .tuple(let list): !list.elements.isEmpty
        case .dictionary(let dictionary): !dictionary.members.isEmpty
        case .namespace, .loop, .callable: true
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }
    var isNone: Bool { if case .none = self { true } else { false } }

    /// The number, if it is one; a boolean is 0 or 1.
    var wholeNumber: Int? {
        switch self {
        case .integer(let number): number
        case .bool(let flag): flag ? 1 : 0
        default: nil
        }
    }

    var floatingPoint: Double? {
        if case .number(let number) = self { return number }
        return wholeNumber.map(Double.init)
    }

    /// Python's `==`.
    func equals(_ other: JinjaValue, depth: Int = 0) throws -> Bool {
        guard depth < Self.deepest else { throw WhetError("values nest too deeply to be compared") }
        switch (self, other) {
        case (.undefined, .undefined), (.none, .none): return true
        case (.string(let left), .string(let right)): return left.utf8.elementsEqual(right.utf8)
        case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
            guard left !== right else { return true }
            guard left.elements.count == right.elements.count else { return false }
            for (one, another) in zip(left.elements, right.elements)
            where try !one.equals(another, depth: depth + 1) { return false }
            return true
        case (.dictionary(let left), .dictionary(let right)):
            guard left !== right else { return true }
            guard left.members.count == right.members.count else { return false }
            for (key, value) in left.members {
                guard let another = right.members[key], try value.equals(another, depth: depth + 1) else {
                    return false
                }
            }
            return true
        case (.namespace(let left), .namespace(let right)): return left === right
        case (.loop(let left), .loop(let right)): return left === right
        default:
            if let left = wholeNumber, let right = other.wholeNumber { return left == right }
            if let left = floatingPoint, let right = other.floatingPoint { return left == right }
            return false
        }
    }
}
