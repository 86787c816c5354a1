import Foundation
import WhetCore
internal import Yams

// Keeps: whatever the bytes are, reading ends with a tree or a `YAMLMistake`, in bounded time, memory and stack.

extension YAMLFormat {
    /// What a file holds, as far as it takes to tell that it is too big.
    public static func data(of file: URL) throws -> Data {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        return try handle.read(upToCount: maximumBytes + 1) ?? Data()
    }

    /// Reads YAML 1.2's core schema: `yes`, `on` and `0o7` are text, as they look.
    ///
    /// - Parameter file: what mistakes call it.
    /// - Throws: the first thing that is not YAML, or not read.
    public func tree(of data: Data, file: String) throws(YAMLMistake) -> YAMLTree {
        let start = YAMLPlace(file: file)
        guard data.count <= Self.maximumBytes else {
            throw YAMLMistake(
                "the file has \(data.count) bytes", at: start, expected: words.size.expected, remedy: words.size.remedy)
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let line = 1 + (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0)
            throw YAMLMistake(
                "the file is not UTF-8 text", at: YAMLPlace(file: file, line: line),
                expected: "\(words.text), saved as UTF-8")
        }
        if let line = firstLineNestedTooDeep(text) {
            throw YAMLMistake(
                "\(words.whole) is nested too deep", at: YAMLPlace(file: file, line: line),
                expected: "at most \(Self.maximumDepth) levels")
        }
        let root: Node?
        do { root = try compose(yaml: text, .default, .default, .utf8) } catch {
            throw mistake(error, in: text, file: file)
        }
        guard let root, !isNothing(root) else {
            throw YAMLMistake(words.emptiness.problem, at: start, expected: words.emptiness.expected)
        }
        var builder = YAMLTreeBuilder(format: self, file: file)
        return try builder.tree(of: root)
    }

    /// Reads a value that was given apart from a file; all its parts count as written at `place`.
    ///
    /// - Parameter key: what it is the value of.
    public func value(of text: String, key: String, at place: YAMLPlace) throws(YAMLMistake) -> YAMLTree {
        guard text.utf8.count <= Self.maximumBytes, firstLineNestedTooDeep(text) == nil else {
            throw YAMLMistake("the value is too long or nested too deep", key: key, at: place)
        }
        let root: Node?
        do { root = try compose(yaml: text, .default, .default, .utf8) } catch {
            let problem = mistake(error, in: text, file: "").problem
            throw YAMLMistake(problem, key: key, at: place, expected: "a value in YAML")
        }
        guard let root else { return YAMLTree(.scalar(.null), at: place) }
        var builder = YAMLTreeBuilder(format: self, file: "", only: place)
        return try builder.tree(of: root, key: key)
    }

    private func isNothing(_ root: Node) -> Bool {
        guard case .scalar(let scalar) = root else { return false }
        return scalar.style == .plain && JSONValue(plainYAML: scalar.string, as: self) == .null
    }

    /// The first line whose brackets or indentation go too deep, by a count that needs no parser: it keeps the parser's
    /// recursion off the end of the stack.
    private func firstLineNestedTooDeep(_ text: String) -> Int? {
        var line = 1
        var brackets = 0
        var markers = 0
        var isIndentation = true
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                (markers, isIndentation) = (0, true)
            case UInt8(ascii: " ") where isIndentation: markers += 1
            case UInt8(ascii: "-") where isIndentation, UInt8(ascii: "?") where isIndentation: markers += 2
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                brackets += 1
                isIndentation = false
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                brackets = max(0, brackets - 1)
                isIndentation = false
            default: isIndentation = false
            }
            if brackets > maximumBrackets || markers > Self.maximumDepth * 8 { return line }
        }
        return nil
    }
}
