import Testing
import WhetCore

@testable import WhetBackends

@Suite("What a trainer remembers of batches")
struct BatchLedgerTests {
    private static let report = LossReport(loss: 0.5, tokens: 3, metrics: ["ratio": 1.25, "entropy": 0.5])

    @Test("goes through a checkpoint's lines and back")
    func roundTrip() throws {
        var ledger = BatchLedger()
        ledger.add("run 7-1", Self.report)
        ledger.apply("run 7-1", OptimizerReport(gradientNorm: 0.25))
        ledger.add("b", LossReport(loss: .infinity, tokens: 1, metrics: [:]))
        ledger.apply("b", OptimizerReport(gradientNorm: nil))
        let read = try BatchLedger(ledger.metadata, at: "file")
        #expect(read.applied == ["run 7-1", "b"])
        var known = Self.report
        known.isRepeated = true
        #expect(try read.answer(toBatch: "run 7-1") == known)
        #expect(read.answer(toStep: "run 7-1")?.gradientNorm == 0.25)
        #expect(read.answer(toStep: "b")?.isRepeated == true)
        #expect(read.answer(toStep: "b")?.gradientNorm == nil)
        #expect(try read.answer(toBatch: "b")?.loss.isNaN == true)
        #expect(try read.answer(toBatch: "c") == nil && read.answer(toStep: "c") == nil)
    }

    @Test("what was thrown away may come again; what waits is known and not applied")
    func drops() throws {
        var ledger = BatchLedger()
        ledger.add("a", Self.report)
        #expect(try ledger.answer(toBatch: "a")?.isRepeated == true)
        #expect(ledger.waiting == ["a"] && ledger.applied.isEmpty)
        ledger.drop()
        #expect(try ledger.answer(toBatch: "a") == nil)
        #expect(ledger.waiting.isEmpty)
    }

    @Test("forgets what lies behind the save before the last")
    func forgets() throws {
        var ledger = BatchLedger()
        for id in ["a", "b", "c"] {
            ledger.add(id, Self.report)
            ledger.apply(id, OptimizerReport(gradientNorm: 1))
            ledger.saved()
        }
        #expect(ledger.applied == ["c"])
        #expect(try ledger.answer(toBatch: "b") == nil && ledger.answer(toStep: "b") == nil)
        #expect(try ledger.answer(toBatch: "c") != nil)
    }

    @Test(
        "a broken line is refused, a missing one is empty",
        arguments: [
            ([:], true), (["applied_batches": "[]"], true), (["applied_batches": "[1]"], false),
            (["applied_batches": "{"], false), (["applied_batches": "\"a\""], false), (["answers": "[]"], false),
            (["answers": "{\"save 1\": {}}"], true), (["answers": "{\"forward_backward\": {}}"], false),
            (["answers": "{\"forward_backward a\": {}}"], false),
            (["answers": "{\"forward_backward a\": {\"loss\": 1, \"tokens\": 1, \"metrics\": {\"m\": \"x\"}}}"], false),
            (["answers": "{\"optimizer_step a\": {\"gradient_norm\": \"x\"}}"], false),
            (["answers": "{\"optimizer_step a\": {\"gradient_norm\": 1, \"step\": 4}}"], true),
        ] as [([String: String], Bool)])
    func broken(_ metadata: [String: String], isFine: Bool) throws {
        if isFine {
            _ = try BatchLedger(metadata, at: "file")
        } else {
            let error = #expect(throws: WhetError.self) { try BatchLedger(metadata, at: "file") }
            #expect(error?.place == "file")
        }
    }

    @Test("an id without its report, as of an older whet, is refused and not applied again")
    func withoutReport() throws {
        let ledger = try BatchLedger(["applied_batches": "[\"a\"]"], at: "file")
        #expect(throws: WhetError.self) { try ledger.answer(toBatch: "a") }
    }
}
