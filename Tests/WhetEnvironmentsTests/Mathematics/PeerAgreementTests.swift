import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

/// The cases that math-verify judged: the project's own, and those of the folder named in WHET_FIXTURES.
@Suite("Agreement with math-verify")
struct MathPeerAgreementTests {
    @Test("at least 98 % of the fixture")
    func fixture() throws {
        let folders = [
            URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "Fixtures"),
            ProcessInfo.processInfo.environment["WHET_FIXTURES"].map { URL(filePath: $0) },
        ].compactMap { $0?.appending(path: "math_equivalence.json") }
        var files = 0
        for file in folders where FileManager.default.fileExists(atPath: file.path) {
            files += 1
            let cases = try #require(JSONValue(parsing: Data(contentsOf: file))["cases"]?.array)
            #expect(!cases.isEmpty)
            var agreements = 0
            for entry in cases {
                let gold = try #require(entry["gold"]?.string)
                let answer = try #require(entry["answer"]?.string)
                let expected: Bool = try #require(entry["equal"]?.bool as Bool?)
                let comparison = MathematicalEquivalence.compare(gold: gold, answer: answer)
                if comparison.isEquivalent == expected {
                    agreements += 1
                } else {
                    print("math-verify says \(expected): gold \(gold), answer \(answer): \(comparison.reason)")
                }
            }
            let share = Double(agreements) / Double(cases.count)
            print("Agreement with math-verify: \(agreements) of \(cases.count) (\(share * 100) %), \(file.path)")
            #expect(share >= 0.98)
        }
        #expect(files > 0)
    }

    @Test("pairs of every kind, each as math-verify judges it, or better where it errs")
    func generated() throws {
        let lines = PeerCases.lines.split(separator: "\n")
        #expect(lines.count > 300)
        for line in lines {
            let parts = line.split(separator: " ¦ ").map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(parts.count == 3, "\(line)")
            let comparison = MathematicalEquivalence.compare(gold: parts[1], answer: parts[2])
            #expect(comparison.isEquivalent == parts[0].hasPrefix("T"), "\(line): \(comparison.reason)")
        }
    }
}
