import Testing
import WhetCore

@testable import whet

@Suite("whet bench scheduling")
struct SchedulingBenchmarkTests {
    @Test("prints all tables, and the same figures of one seed")
    func figures() async throws {
        var benchmark = SchedulingBenchmark()
        for (name, value) in [("steps", 4.0), ("agent_steps", 2), ("ends", 500), ("slots", 64)] {
            try benchmark.set(name, to: value)
        }
        let (first, second) = (try await benchmark.run { _ in }, try await benchmark.run { _ in })
        for (figure, again) in zip(first, second) {
            #expect(figure.name == again.name)
            #expect(figure.value.isFinite, "\(figure.name)")
            let isTimed = figure.name.contains("decisions_per") || figure.name.contains("ends_per")
                || figure.name.hasPrefix("simulated_")
            if !isTimed { #expect(figure.value == again.value, "\(figure.name)") }
        }
        #expect(Set(first.map(\.name)).count == first.count)
        let text = benchmark.text(of: first)
        #expect(text.contains("against synchronous: "))
        #expect(!text.contains("–"), "every figure that the text names is there")
        #expect(!text.contains("nan"))
    }

    @Test(
        "refuses what is no parameter, and no value of one",
        arguments: [
            ("stepz=3", #"did you mean "steps"?"#), ("steps", "name=number"), ("steps=many", "name=number"),
            ("steps=0", "a whole number from 1"), ("steps=1.5", "a whole number"), ("filtered=1", "from 0.0 to 0.95"),
        ])
    func refusals(setting: String, words: String) async throws {
        try await inTemporaryFolder { folder in
            let outcome = try BuiltCommand(in: folder).run("bench", "scheduling", "--set", setting)
            #expect(outcome.code == 2)
            #expect(outcome.complaints.contains(words), "\(outcome.complaints)")
        }
        try await inTemporaryFolder { folder in
            let outcome = try BuiltCommand(in: folder).run("bench", "engine", "--set", setting)
            #expect(outcome.code == 2, "it has no parameters")
        }
    }
}
