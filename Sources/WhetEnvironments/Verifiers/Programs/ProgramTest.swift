import WhetCore

/// One test of a program.
enum ProgramTest: Hashable, Sendable {
    /// Given this on standard input, it has to write that to standard output.
    case output(input: String, expected: String)
    /// Python that runs after the program in its name space and must not raise.
    case code(String)

    /// Reads a problem's tests in any of the forms in which data sets have them: a list of `{input, output}`,
    /// `{code}` or text (assertions), one text, an object of lists `{inputs, outputs}`, or JSON text of any of these.
    ///
    /// - Throws: `WhetError` for anything else, and where there is none: then nothing can be judged.
    static func list(_ value: JSONValue, at place: String) throws -> [ProgramTest] {
        var value = value
        if let text = value.string {
            let start = text.utf8.first { !(0x09...0x0D ~= $0 || $0 == 0x20) }
            let isJSON = start == UInt8(ascii: "[") || start == UInt8(ascii: "{")
            value = isJSON ? (try? JSONValue(parsing: Array(text.utf8))) ?? [.string(text)] : [.string(text)]
        }
        let tests: [ProgramTest]
        if let list = value.array {
            tests = try list.enumerated().map { try test($1, at: "\(place).\($0)") }
        } else if value["inputs"] != nil || value["outputs"] != nil {
            tests = try pairs(value, at: place)
        } else {
            tests = [try test(value, at: place)]
        }
        guard !tests.isEmpty else { throw WhetError("there is no test", at: place) }
        return tests
    }

    private static let forms =
        #"{"input": …, "output": …}, {"code": …}, text with assertions, or {"inputs": […], "outputs": […]}"#

    private static func test(_ value: JSONValue, at place: String) throws -> ProgramTest {
        if let text = value.string { return .code(text) }
        if let code = value["code"]?.string { return .code(code) }
        guard let expected = try value["output"].map({ try text($0, at: place) }) else {
            throw WhetError("\(value.text().excerpt) is no test", at: place, expected: forms)
        }
        return .output(input: try value["input"].map { try text($0, at: place) } ?? "", expected: expected)
    }

    /// APPS, TACO and their kin.
    private static func pairs(_ value: JSONValue, at place: String) throws -> [ProgramTest] {
        if let name = value["fn_name"], !name.isNull {
            throw WhetError(
                "tests that call a function by name are not known here", at: place, expected: forms,
                remedy: "write them as assertions")
        }
        guard let inputs = value["inputs"]?.array, let outputs = value["outputs"]?.array, inputs.count == outputs.count
        else {
            throw WhetError("inputs and outputs are not two lists of one length", at: place, expected: forms)
        }
        return try zip(inputs, outputs).map {
            .output(input: try text($0, at: place), expected: try text($1, at: place))
        }
    }

    /// A list is one text a line.
    private static func text(_ value: JSONValue, at place: String) throws -> String {
        switch value {
        case .string(let text): return text
        case .integer, .number, .bool: return value.text()
        case .array(let lines): return try lines.map { try text($0, at: place) }.joined(separator: "\n")
        default: throw WhetError("\(value.text().excerpt) cannot be input or output", at: place, expected: "text")
        }
    }
}

/// When two outputs count as the same.
enum OutputComparison: String, CaseIterable, Sendable {
    /// White space at the end of lines and blank lines at the end do not count.
    case lines
    /// Only the words and their order count, whatever white space is between them.
    case words
    case exact

    func areSame(_ output: [UInt8], _ expected: [UInt8]) -> Bool {
        switch self {
        case .exact: output == expected
        case .words: Self.words(output) == Self.words(expected)
        case .lines: Self.lines(output) == Self.lines(expected)
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }

    private static func words(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] { bytes.split(whereSeparator: isSpace) }

    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            line[..<((line.lastIndex { !isSpace($0) }).map { $0 + 1 } ?? line.startIndex)]
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
