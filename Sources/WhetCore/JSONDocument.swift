internal import CSimdjson

/// Parsed JSON that is read where it lies: the fast way to take a few fields out of a large reply.
///
/// Keeps: views point into the document and keep it alive; nothing is copied until it is asked for.
public final class JSONDocument: @unchecked Sendable {
    // Unchecked because it wraps a C handle; the nodes are never written after `init`.
    private let handle: OpaquePointer
    fileprivate let nodes: UnsafeBufferPointer<whet_json_node>

    /// - Throws: `WhetError` with simdjson's words when the bytes are not JSON.
    public init(parsing bytes: some JSONSource) throws {
        var problem: UnsafePointer<CChar>?
        let handle = bytes.withContiguousBytes { buffer in
            whet_json_parse(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, &problem)
        }
        guard let handle else {
            throw WhetError("this is not JSON: \(problem.map { String(cString: $0) } ?? "unknown error")")
        }
        self.handle = handle
        var count = 0
        let first = whet_json_nodes(handle, &count)
        nodes = UnsafeBufferPointer(start: first, count: count)
    }

    deinit { whet_json_free(handle) }

    /// The value that the whole text is.
    public var root: JSONView { JSONView(document: self, index: 0) }
}

/// One value of a `JSONDocument`.
public struct JSONView: Sendable {
    let document: JSONDocument
    let index: Int

    private var node: whet_json_node { document.nodes[index] }

    /// The member of an object, by the bytes of its key; nil for anything else.
    public subscript(key: String) -> JSONView? {
        guard node.kind == UInt32(WHET_JSON_OBJECT) else { return nil }
        var key = key
        return key.withUTF8 { key in
            var position = index + 1
            for _ in 0..<node.count {
                if document.bytes(at: position).elementsEqual(key) {
                    return JSONView(document: document, index: position + 1)
                }
                position = document.following(position + 1)
            }
            return nil
        }
    }

    /// An element of an array, found from its start; nil for anything else or out of range.
    public subscript(place: Int) -> JSONView? {
        guard node.kind == UInt32(WHET_JSON_ARRAY), 0..<Int(node.count) ~= place else { return nil }
        var position = index + 1
        for _ in 0..<place { position = document.following(position) }
        return JSONView(document: document, index: position)
    }

    /// How many elements an array has; nil for anything else.
    public var elementCount: Int? { node.kind == UInt32(WHET_JSON_ARRAY) ? Int(node.count) : nil }

    /// Calls `body` with each element of an array, without making a list of them; not at all for anything else.
    public func forEachElement(_ body: (JSONView) throws -> Void) rethrows {
        var position = index + 1
        for _ in 0..<(elementCount ?? 0) {
            try body(JSONView(document: document, index: position))
            position = document.following(position)
        }
    }

    /// Whether it is an object.
    public var isObject: Bool { node.kind == UInt32(WHET_JSON_OBJECT) }

    /// An object's keys, in their order; nil for anything else.
    public var keys: [String]? {
        guard isObject else { return nil }
        var position = index + 1
        return (0..<node.count).map { _ in
            defer { position = document.following(position + 1) }
            return document.text(at: position)
        }
    }

    // The value as what it is asked for; nil for anything else.

    public var string: String? { node.kind == UInt32(WHET_JSON_STRING) ? document.text(at: index) : nil }
    public var integer: Int? { node.kind == UInt32(WHET_JSON_INTEGER) ? Int(node.integer) : nil }

    public var bool: Bool? {
        switch node.kind {
        case UInt32(WHET_JSON_TRUE): true
        case UInt32(WHET_JSON_FALSE): false
        default: nil
        }
    }

    /// An integer or a number, as a number.
    public var double: Double? {
        switch node.kind {
        case UInt32(WHET_JSON_INTEGER): Double(node.integer)
        case UInt32(WHET_JSON_NUMBER): node.number
        default: nil
        }
    }

    /// The elements of an array; nil for anything else.
    public var elements: [JSONView]? {
        guard node.kind == UInt32(WHET_JSON_ARRAY) else { return nil }
        var position = index + 1
        return (0..<node.count).map { _ in
            defer { position = document.following(position) }
            return JSONView(document: document, index: position)
        }
    }

    /// An array of whole numbers that fit; nil for anything else.
    public var tokens: [Int32]? {
        guard node.kind == UInt32(WHET_JSON_ARRAY) else { return nil }
        var tokens: [Int32] = []
        tokens.reserveCapacity(Int(node.count))
        for position in index + 1..<Int(node.end) {
            let element = document.nodes[position]
            guard element.kind == UInt32(WHET_JSON_INTEGER), let token = Int32(exactly: element.integer) else {
                return nil
            }
            tokens.append(token)
        }
        return tokens
    }

    /// The value, copied out whole.
    public var value: JSONValue {
        switch node.kind {
        case UInt32(WHET_JSON_FALSE): .bool(false)
        case UInt32(WHET_JSON_TRUE): .bool(true)
        case UInt32(WHET_JSON_INTEGER): .integer(Int(node.integer))
        case UInt32(WHET_JSON_NUMBER): .number(node.number)
        case UInt32(WHET_JSON_STRING): .string(document.text(at: index))
        case UInt32(WHET_JSON_ARRAY): .array((elements ?? []).map(\.value))
        case UInt32(WHET_JSON_OBJECT): .object(members)
        default: .null
        }
    }

    /// An object's members; of doubled keys the last counts, as in most readers of JSON.
    private var members: JSONObject {
        var object = JSONObject(minimumCapacity: Int(node.count))
        var position = index + 1
        for _ in 0..<node.count {
            object[document.text(at: position)] = JSONView(document: document, index: position + 1).value
            position = document.following(position + 1)
        }
        return object
    }
}

extension JSONDocument {
    /// A string where it lies.
    fileprivate func bytes(at index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: nodes[index].string, count: Int(nodes[index].count))
    }

    fileprivate func text(at index: Int) -> String { String(decoding: bytes(at: index), as: UTF8.self) }

    /// The node after the value at `index` and all that it holds.
    fileprivate func following(_ index: Int) -> Int {
        let node = nodes[index]
        return node.kind >= UInt32(WHET_JSON_ARRAY) ? Int(node.end) : index + 1
    }
}

extension JSONValue {
    /// - Throws: `WhetError` when the bytes are not JSON.
    public init(parsing bytes: some JSONSource) throws {
        self = try JSONDocument(parsing: bytes).root.value
    }
}
