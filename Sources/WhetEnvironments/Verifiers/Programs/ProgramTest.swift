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
            let start = text.utf8.first { !$0.isASCIISpace }
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
