import Testing
import WhetCore

@testable import WhetInference

@Suite("Answers of inference servers")
struct GenerationReadingTests {
    private func read(_ text: String, vocabularySize: Int? = 100) throws -> Generation {
        try SGLangCompletion.generation(Array(text.utf8), request: request(new: 4), vocabularySize: vocabularySize)
    }

    private func answer(_ pairs: String, text: String = "x", finish: String = "stop", more: String = "") -> String {
        #"{"text":"\#(text)","meta_info":{"finish_reason":{"type":"\#(finish)"},"#
            + #""output_token_logprobs":\#(pairs)\#(more)}}"#
    }

    @Test("a hair above zero is rounding, and counts as zero")
    func rounding() throws {
        #expect(try read(answer("[[1e-7,5,null],[0,6],[-0.5,7]]")).logProbabilities == [0, 0, -0.5])
    }

    @Test("an abort may have nothing to show", arguments: ["[]", "null"])
    func emptyAbort(pairs: String) throws {
        let generation = try read(answer(pairs, text: "", finish: "abort"))
        #expect(generation.tokens.isEmpty)
        #expect(generation.finish == .abort)
    }

    @Test(
        "nonsense is refused in words",
        arguments: [
            ("", "JSON"), ("[", "JSON"), ("null", "meta_info"), ("[]", "meta_info"), ("{}", "meta_info"),
            (#"{"meta_info":3}"#, "finish_reason"),
            (#"{"meta_info":{"finish_reason":null}}"#, "finish_reason"),
            (#"{"meta_info":{"finish_reason":{"type":"magic"}}}"#, "magic"),
            (#"{"meta_info":{"finish_reason":{"type":"stop"}}}"#, "output_token_logprobs"),
        ])
    func nonsense(text: String, word: String) {
        expectFailure(text, word)
    }

    @Test(
        "wrong numbers are refused in words",
        arguments: [
            ("[]", "no tokens"), ("[[0.01,5]]", "0.01"), ("[[null,5]]", "pairs"), ("[[-1e999,5]]", "JSON"),
            ("[[-1,100]]", "100"), ("[[-1,-1]]", "-1"), ("[[-1,4294967296]]", "pairs"), ("[[-1,1.5]]", "pairs"),
            ("[[-1]]", "pairs"), ("[-1,5]", "pairs"), ("{}", "output_token_logprobs"), (#"[["-1",5]]"#, "pairs"),
            ("[[-1,1],[-1,1],[-1,1],[-1,1],[-1,1]]", "at most 4"), ("[[-3.5e38,1]]", "-inf"),
        ])
    func wrongNumbers(pairs: String, word: String) {
        expectFailure(answer(pairs), word)
    }

    @Test("counts and ids that contradict each other are refused")
    func contradictions() {
        expectFailure(answer("[[-1,5]]", more: #","completion_tokens":2"#), "counts 2")
        let ids = answer("[[-1,5]]").dropLast() + #","output_ids":[6]}"#
        expectFailure(String(ids), "output_ids")
        expectFailure(answer("[]", text: ""), "no token")
    }

    private func expectFailure(_ text: String, _ word: String) {
        do {
            let generation = try read(text)
            Issue.record("\(text) was read as \(generation)")
        } catch {
            #expect(error is WhetError)
            #expect("\(error)".contains(word), "\(error)")
        }
    }

    @Test(
        "a good answer, cut or changed anywhere, never crashes and never breaks what a generation keeps",
        arguments: 0..<300)
    func fuzz(seed: UInt64) {
        var random = RandomStream(seed: seed, purpose: "fuzz")
        var bytes = Array(
            answer("[[-0.5,5,null],[-1.25,6,null]]", more: #","weight_version":"3","prompt_tokens":3"#).utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            case 1 where !bytes.isEmpty:
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            default:
                let digits = Array("0123456789-.eE[]{},\"".utf8)
                bytes.insert(digits.randomElement(using: &random)!, at: Int.random(in: 0...bytes.count, using: &random))
            }
        }
        guard let generation = try? SGLangCompletion.generation(bytes, request: request(new: 4), vocabularySize: 100)
        else { return }
        #expect(generation.tokens.count == generation.logProbabilities.count)
        #expect(generation.tokens.allSatisfy { 0..<100 ~= $0 })
        #expect(generation.logProbabilities.allSatisfy { $0.isFinite && $0 <= 0 })
    }
}
