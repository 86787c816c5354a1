import Testing
import WhetCore

@testable import WhetChecklists

@Suite("How far a judge agrees with people")
struct CalibrationTests {
    @Test("Cohen's kappa, by hand")
    func kappa() throws {
        // 50 cases: both met 20, both not 15, judge alone 10, person alone 5. Agreement 0.7; by chance
        // 0.5 · 0.6 + 0.5 · 0.4 = 0.5; kappa 0.2 / 0.5 = 0.4.
        let table = Calibration.Table(bothMet: 20, bothNotMet: 15, onlyJudge: 10, onlyPerson: 5)
        #expect(table.accuracy == 0.7)
        #expect(abs(try #require(table.kappa) - 0.4) < 1e-12)
        #expect(Calibration.Table(bothMet: 3).kappa == nil && Calibration.Table().accuracy == nil)
        #expect(Calibration.Table(onlyJudge: 1, onlyPerson: 1).kappa == -1)
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
        #expect(calibration.table == Calibration.Table(bothMet: 2, bothNotMet: 1, onlyJudge: 1))
        #expect(calibration.accuracy == 0.75 && calibration.unknown == 2)
        // Judged at least twice: the first four; one of them flipped.
        #expect(calibration.flipRate == 0.25)
        #expect(calibration.byFocus == [.reply: calibration.table])
        await #expect(throws: WhetError.self) { _ = try await Calibration.measure(judge, on: cases, repeats: 0) }
        #expect(try await Calibration.measure(judge, on: cases, repeats: 1).flipRate == nil)
    }
}
