import Foundation
import Testing
import WhetCore

@testable import WhetChecklists

@Suite("How far a judge agrees with people")
struct CalibrationTests {
    @Test("Cohen's kappa, by hand")
    func kappa() throws {
        // 50 cases: both met 20, both not 15, judge alone 10, person alone 5. Agreement 0.7; by chance
        // 0.5 · 0.6 + 0.5 · 0.4 = 0.5; kappa 0.2 / 0.5 = 0.4.
        let counts = Calibration.Counts(bothMet: 20, bothNotMet: 15, onlyJudge: 10, onlyPerson: 5)
        #expect(counts.accuracy == 0.7)
        let kappa = try #require(counts.kappa)
        #expect(abs(kappa - 0.4) < 1e-12)
        #expect(Calibration.Counts(bothMet: 3).kappa == nil && Calibration.Counts().accuracy == nil)
        #expect(Calibration.Counts(onlyJudge: 1, onlyPerson: 1).kappa == -1)
    }

    @Test("asks so many times, and counts flips and unknowns apart")
    func measured() async throws {
        // The judge's answers by case, one a repetition.
        let answers = ["+++", "+-+", "---", "?--", "+??", "???"]
        let labels = [true, true, false, true, false, true]
        let judge = ScriptedJudge { question in
            let index = Int(question.recording.current[1].content) ?? 0
            switch Array(answers[index])[question.repetition] {
            case "+": return .met("")
            case "-": return .notMet("")
            default: return .unknown("")
            }
        }
        let cases = labels.enumerated().map { index, label in
            let question = JudgmentQuestion.example("\(index)")
            return LabeledJudgment(item: question.item, recording: question.recording, isMet: label)
        }
        let calibration = try await Calibration.measure(judge, on: cases, repeats: 3)
        #expect(judge.questions.count == 18)
        // First answers: + + - ? + ?; the cases with one: met/met, met/met, not/not, not/met.
        #expect(calibration.counts == Calibration.Counts(bothMet: 2, bothNotMet: 1, onlyJudge: 1))
        #expect(calibration.accuracy == 0.75 && calibration.unknown == 2)
        // Judged at least twice: the first four; one of them flipped.
        #expect(calibration.flipRate == 0.25)
        #expect(calibration.byFocus == [.reply: calibration.counts])
        await #expect(throws: WhetError.self) { _ = try await Calibration.measure(judge, on: cases, repeats: 0) }
        #expect(try await Calibration.measure(judge, on: cases, repeats: 1).flipRate == nil)
    }
}

@Suite("People's judgments in a file")
struct LabelTests {
    private static let line =
        #"{"messages": [{"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}], "item": {"id": "x", "question": "q", "focus_on": "assistant.content.user_visible_reply", "pass_condition": "p"}, "met": true}"#

    @Test("are read")
    func reading() throws {
        let labels = try LabeledJudgment.list(jsonLines: Data("\(Self.line)\n\n\(Self.line)".utf8), file: "l.jsonl")
        #expect(labels.count == 2 && labels[0].isMet && labels[0].item.id == "x")
        #expect(labels[0].recording.current.map(\.content) == ["u", "a"])
    }

    @Test(
        "are refused with file and line",
        arguments: [
            (#""met": true"#, #""met": "true""#, "l.jsonl:1:209: met: this is the text \"true\""),
            (#", "met": true"#, "", "l.jsonl:1:1: met: the key is missing"),
            (#""id": "x", "#, "", "item.id: the key is missing"),
            (#""role": "assistant""#, #""role": "user""#, "has not answered"),
            (#""pass_condition""#, #""pas_condition""#, "did you mean \"pass_condition\""),
            ("}", "", "l.jsonl:1:1: this is not JSON"),
        ])
    func mistakes(written: String, wrong: String, words: String) {
        do {
            let text = Self.line.replacingOccurrences(of: written, with: wrong)
            _ = try LabeledJudgment.list(jsonLines: Data(text.utf8), file: "l.jsonl")
            Issue.record("this was read: \(text)")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
        }
    }

    @Test("none at all is a mistake")
    func empty() {
        #expect(throws: ChecklistError.self) { try LabeledJudgment.list(jsonLines: Data("\n".utf8), file: "l.jsonl") }
    }
}
