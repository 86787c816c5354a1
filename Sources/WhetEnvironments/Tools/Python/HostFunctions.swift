import WhetCore

/// Functions of whet's that code in the sandbox can call: `whet_call(name, arguments)` in Python gives the value, or
/// raises `RuntimeError` with the sentence.
///
/// What an app world's state is kept by: it lies in whet, out of the code's reach, and all that the code can do to it
/// is to call these.
public protocol HostFunctions: Sendable {
    /// Called one at a time for one session. The time that it takes is the call's that runs, and its task is cancelled
    /// when that call ends; it must return soon then.
    ///
    /// - Parameters:
    ///   - name: whatever the code says.
    ///   - arguments: likewise.
    func call(_ name: String, _ arguments: JSONObject) async -> HostFunctionResult
}

/// What a function says.
public enum HostFunctionResult: Hashable, Sendable {
    case value(JSONValue)
    /// It does not do that: why, for the policy.
    case refused(String)
}

extension (any HostFunctions)? {
    /// - Parameter arguments: what a session wrote, anything.
    func result(of name: String, _ arguments: String) async -> HostFunctionResult {
        guard let functions = self else { return .refused("there are no functions to be called here") }
        guard let arguments = (try? JSONValue(parsing: Array(arguments.utf8)))?.object else {
            return .refused("the arguments of \(name) are no JSON object that can be read")
        }
        return await functions.call(name, arguments)
    }
}

extension HostFunctionResult {
    /// The answer to a session's call, for its host.
    func message(to session: Int, _ number: Int) -> JSONValue {
        let word: (key: String, value: String)
        switch self {
        case .value(let value):
            let text = value.text()
            word =
                text.utf8.count <= PythonTools.Settings.functionBytes
                ? ("value", text)
                : ("refused", "the value is too large: \(text.utf8.count) bytes of JSON")
        case .refused(let why): word = ("refused", String(why.prefix(Self.sentenceCharacters)))
        }
        return .object(["session": .integer(session), "answer": .integer(number), word.key: .string(word.value)])
    }

    private static let sentenceCharacters = 4_000
}
