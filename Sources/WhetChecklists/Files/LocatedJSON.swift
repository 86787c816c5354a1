import WhetCore
import WhetYAML

/// JSON with the place of every key and value, so that mistakes in it can be told like those in YAML.
///
/// Keeps: whatever the bytes are, reading ends with a tree or an error. Columns count bytes.
struct LocatedJSON {
    private static let maximumDepth = 128
    private let bytes: [UInt8]
    private let file: String
    private var position = 0
    private var line: Int
    private var lineStart = 0

    /// - Parameters:
    ///   - file: what errors call it.
    ///   - line: what the first line counts as.
    /// - Throws: `WhetError` when the bytes are not JSON, in the parser's words.
    static func tree(of bytes: [UInt8], file: String, line: Int = 1) throws -> YAMLTree {
        do { _ = try JSONDocument(parsing: bytes) } catch var error as WhetError {
            error.place = line == 1 ? file : "\(file):\(line)"
            throw error
        }
        var reader = LocatedJSON(bytes: bytes, file: file, line: line)
        return try reader.value(depth: 0)
    }

    private init(bytes: [UInt8], file: String, line: Int) {
        self.bytes = bytes
        self.file = file
        self.line = line
    }

    private var place: YAMLPlace { YAMLPlace(file: file, line: line, column: position - lineStart + 1) }

    // The parser has approved of the bytes; what is asked here of them again only keeps a mistake of ours from running
    // beyond their end.

    private func wrong() -> WhetError { WhetError("this is not JSON", at: place.description) }

    private mutating func next() throws -> UInt8 {
        while position < bytes.count {
            switch bytes[position] {
            case 0x0A:
                position += 1
                (line, lineStart) = (line + 1, position)
            case 0x20, 0x09, 0x0D: position += 1
            default: return bytes[position]
            }
        }
        throw wrong()
    }

    private mutating func value(depth: Int) throws -> YAMLTree {
        let first = try next()
        let start = place
        guard depth < Self.maximumDepth else {
            throw WhetError(
                "this is nested too deep", at: start.description, expected: "at most \(Self.maximumDepth) levels")
        }
        switch first {
        case UInt8(ascii: "{"): return YAMLTree(.mapping(try members(depth)), at: start)
        case UInt8(ascii: "["): return YAMLTree(.list(try elements(depth)), at: start)
        default: return YAMLTree(.scalar(try scalar()), at: start)
        }
    }

    private mutating func elements(_ depth: Int) throws -> [YAMLTree] {
        var elements: [YAMLTree] = []
        position += 1
        while try next() != UInt8(ascii: "]") {
            elements.append(try value(depth: depth + 1))
            if try next() == UInt8(ascii: ",") { position += 1 }
        }
        position += 1
        return elements
    }

    private mutating func members(_ depth: Int) throws -> [YAMLTree.Member] {
        var members: [YAMLTree.Member] = []
        position += 1
        while try next() != UInt8(ascii: "}") {
            let start = place
            guard case .string(let name) = try scalar() else { throw wrong() }
            guard try next() == UInt8(ascii: ":") else { throw wrong() }
            position += 1
            members.append(YAMLTree.Member(name: name, place: start, value: try value(depth: depth + 1)))
            if try next() == UInt8(ascii: ",") { position += 1 }
        }
        position += 1
        return members
    }

    private mutating func scalar() throws -> JSONValue {
        let start = position
        if bytes[start] == UInt8(ascii: "\"") {
            var isPlain = true
            position += 1
            while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                if bytes[position] == UInt8(ascii: "\\") {
                    isPlain = false
                    position += 1
                }
                position += 1
            }
            guard position < bytes.count else { throw wrong() }
            position += 1
            if isPlain { return .string(String(decoding: bytes[start + 1..<position - 1], as: UTF8.self)) }
        } else {
            while position < bytes.count, !" \t\r\n,]}".utf8.contains(bytes[position]) { position += 1 }
        }
        guard position > start else { throw wrong() }
        return try JSONValue(parsing: Array(bytes[start..<position]))
    }
}
