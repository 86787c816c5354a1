import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

private let samples = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../environments").standardizedFileURL

@Suite("Sample environments")
struct SampleEnvironmentTests {
    @Test("are there, and the catalog makes each")
    func catalog() throws {
        let entries = try DeclaredEnvironments.catalogEntries(in: samples)
        #expect(entries.map(\.name) == ["arithmetic", "backwards", "capitals", "format-json", "letters", "library-desk", "multiply",
                "word-problems"])
        for entry in entries { #expect(try entry.environment().name == entry.name) }
        for file in try DeclaredEnvironments.files(in: samples) {
            #expect(file.error == nil)
            #expect(!file.summary.isEmpty && file.hasDemonstrations && file.maximumLevel ?? 0 > 0)
        }
    }

    @Test(
        "score their demonstrations full, a wrong answer less, and give one task a seed",
        arguments: ["arithmetic", "backwards", "capitals", "format-json", "letters", "library-desk", "multiply",
                "word-problems"])
    func isSound(name: String) async throws {
        let environment = try DeclaredEnvironment(file: samples.appending(path: "\(name).yaml"))
        for level in 0...environment.maximumLevel {
            var prompts: Set<String> = []
            for seed in UInt64(0)..<100 {
                let task = try environment.task(level: level, seed: seed)
                #expect(try environment.task(level: level, seed: seed) == task)
                let demonstration = try #require(try environment.demonstration(of: task))
                let score = try await environment.score(task.messages + demonstration, of: task)
                #expect(score.isSolved && score.reward == environment.rubric.range.upperBound, "\(score)")
                for wrong in ["", "<answer>-1000000</answer>", "\\boxed{-1}", "{\"customer\": 1}", "{}"] {
                    let score = try await environment.score(task.messages + [Message(.assistant, wrong)], of: task)
                    #expect(!score.isSolved && score.reward < environment.rubric.range.upperBound)
                }
                prompts.insert(task.messages.map(\.content).joined())
            }
            #expect(prompts.count >= 8, "level \(level)")
        }
    }

    @Test("say what they are made of")
    func reads() throws {
        let arithmetic = try DeclaredEnvironment(file: samples.appending(path: "arithmetic.yaml"))
        #expect(arithmetic.levelNames == ["one digit", "two digits", "small products", "three digits"])
        #expect(arithmetic.license == "CC0-1.0" && !arithmetic.isMultiTurn)
        #expect(arithmetic.problemCount(level: 0) == nil)
        let capitals = try DeclaredEnvironment(file: samples.appending(path: "capitals.yaml"))
        #expect((0..<3).map(capitals.problemCount(level:)) == [20, 20, 20])
        #expect(try DeclaredEnvironment(file: samples.appending(path: "letters.yaml")).isMultiTurn)
    }
}
