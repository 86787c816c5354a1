import Testing
import WhetCore

@testable import WhetEnvironments

/// What a kind of verifier makes of an answer.
func verdict(
    _ kind: String, _ settings: JSONObject = [:], answer: String, problem: JSONValue = ["answer": "unused"]
) async throws -> Verdict {
    let verifier = try VerifierCatalog.standard.verifier(kind: kind, settings: settings, at: "test")
    return try await verifier.verify(response(answer: answer, problem: problem))
}

func passes(_ kind: String, _ settings: JSONObject, answer: String) async throws -> Bool {
    try await verdict(kind, settings, answer: answer).value == 1
}

/// One whose answer is its whole reply.
func response(answer: String, problem: JSONValue = [:]) -> Response {
    Response(messages: [Message(.user, "?"), Message(.assistant, answer)], answer: answer, problem: problem)
}

/// What making a verifier with these settings complains of; nil if it does not.
func complaint(_ kind: String, _ settings: JSONObject) -> WhetError? {
    do {
        _ = try VerifierCatalog.standard.verifier(kind: kind, settings: settings, at: "test.yaml, rubric")
        return nil
    } catch {
        return error as? WhetError
    }
}

/// Replies of a policy that means no good.
let hostileReplies: [String] = [
    "", " ", "\u{0}", "\u{FEFF}", "\u{202E}7", "7\u{0}", "\r\n\r\n", "e\u{301}\u{301}\u{301}",
    String(decoding: [0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80] as [UInt8], as: UTF8.self),
    String(repeating: "9", count: 100_000), String(repeating: "a", count: 200_000) + "!",
    String(repeating: "[", count: 20_000), String(repeating: "[", count: 900) + String(repeating: "]", count: 900),
    String(repeating: #"{"a":"#, count: 900) + "1" + String(repeating: "}", count: 900),
    #"{""# + String(repeating: "k", count: 50_000) + #"": 1}"#,
    String(repeating: "<answer>", count: 5000), String(repeating: "<think>", count: 2000) + "</think>",
    String(repeating: #"\boxed{"#, count: 5000), String(repeating: #"\boxed{1}"#, count: 5000),
    String(repeating: "{", count: 50_000) + String(repeating: "}", count: 50_000), #"\boxed"#, #"\boxed{\}"#, "\\",
    String(repeating: "*", count: 30_000), String(repeating: "\n", count: 50_000),
    String(repeating: ". ", count: 20_000),
    String(repeating: "<<", count: 20_000), "```", "``````", "```json\n{}", String(repeating: "`", count: 10_000),
    "١٢٣", "１２３", "1२3", "½", "²", "Ⅷ", "九", "1/0", "0/0", "1e999999999", "1e99999999999999999999", "-", "+", ".", "e",
    "%",
    "nan", "inf", "1,2,3", "--1", "1//2", "💥👩‍👩‍👧‍👦", "ﷺ", "(A)(B)(C)", "((((((A", "\u{1F1E9}\u{1F1EA}",
]
