extension EnvironmentStart {
    /// A procedural environment for WhetGym: one file and its tests.
    static func swift(_ name: String) -> EnvironmentStart {
        EnvironmentStart(
            files: [
                ("Sources/WhetGym/Environments/\(name).swift", swiftText(name)),
                ("Tests/WhetGymTests/\(name)Tests.swift", swiftTestText(name)),
            ],
            next: [
                "register it: add the line  Entry(\(name).self),  to Sources/WhetGym/Gym.swift",
                "test it:     swift test --filter \(name)Tests, then  whet env check \(name)",
            ])
    }

    private static func swiftText(_ name: String) -> String {
        """
        import WhetCore
        import WhetEnvironments

        /// Add up whole numbers.
        struct \(name): ProceduralEnvironment {
            static let name = "\(name)"
            static let summary = "Add up whole numbers"
            static var maximumLevel: Int { 20 }

            /// All that `prompt`, `demonstration` and `score` need; its JSON is what the store holds.
            struct Problem: Codable, Sendable {
                let numbers: [Int]
                let goldAnswer: Int

                enum CodingKeys: String, CodingKey {
                    case numbers
                    case goldAnswer = "gold_answer"
                }
            }

            init() {}

            /// Two numbers at level 0, one more each level. Draw from `random` alone: one seed, one problem.
            func problem(level: Int, random: inout RandomStream) -> Problem {
                let numbers = (0..<level + 2).map { _ in Int.random(in: 0...99, using: &random) }
                return Problem(numbers: numbers, goldAnswer: numbers.reduce(0, +))
            }

            /// The tags round an answer are explained elsewhere.
            func prompt(for problem: Problem) -> String {
                let sum = problem.numbers.map(String.init).joined(separator: " + ")
                return "How much is \\(sum)? Answer with the number alone."
            }

            func demonstration(for problem: Problem) -> String? { String(problem.goldAnswer) }

            /// −1 unreadable, 0 wrong, 1 right. `answer` is untrusted: it may be anything, and this never throws.
            func score(_ answer: Answer, for problem: Problem) -> Double {
                guard let number = answer.integer else { return -1 }
                return number == problem.goldAnswer ? 1 : 0
            }
        }

        """
    }

    private static func swiftTestText(_ name: String) -> String {
        """
        import Testing
        import WhetCore
        import WhetEnvironments

        @testable import WhetGym

        @Suite("\(name)")
        struct \(name)Tests {
            @Test("is sound")
            func sound() async throws {
                let check = SoundnessCheck(EnvironmentCatalog.Entry(\(name).self))
                let report = try await check.report(seeds: 50, levels: 0...4)
                #expect(report.isSound, "\\(report.findings)")
            }

            @Test("scores what is right, wrong and unreadable", arguments: [("5", 1), ("6", 0), ("five", -1)])
            func scores(answer: String, reward: Double) {
                let problem = \(name).Problem(numbers: [2, 3], goldAnswer: 5)
                #expect(\(name)().score(Answer(answer), for: problem) == reward)
            }
        }

        """
    }
}
