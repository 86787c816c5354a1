import Testing
import WhetCore

@testable import WhetEnvironments
@testable import WhetGym

@Suite("Options of Sorting")
struct SortingTests {
    static let quickstart: JSONObject = [
        "minimum_count": 3, "maximum_count": 6, "maximum_value": 9, "wording": "compact",
    ]

    @Test("narrow the numbers down", arguments: 0..<50)
    func optionsHold(seed: UInt64) async throws {
        let environment = try EnvironmentCatalog.gym.environment(named: "Sorting", options: Self.quickstart)
        let task = try await environment.task(level: 0, seed: seed)
        let numbers = try #require(task.problem["array"]?.array).compactMap(\.integer)
        #expect(3...6 ~= numbers.count)
        #expect(numbers.allSatisfy { 0...9 ~= $0 })
        #expect(task.messages == [Message(.user, "sort " + numbers.map(String.init).joined(separator: " "))])
    }

    @Test("make every count there may be")
    func countsVary() async throws {
        let environment = try EnvironmentCatalog.gym.environment(named: "Sorting", options: Self.quickstart)
        var counts: Set<Int> = []
        for seed in 0..<100 {
            counts.insert(try await environment.task(level: 0, seed: UInt64(seed)).problem["array"]?.array?.count ?? 0)
        }
        #expect(counts == [3, 4, 5, 6])
    }

    static let mistakes: [(options: JSONObject, words: String)] = [
        (["minimum_cuont": 3], "minimum_count"),
        (["minimum_count": "3"], "a whole number from 1 to 1000"),
        (["minimum_count": 0], "a whole number from 1 to 1000"),
        (["wording": "compct"], "compact"),
        (["wording": 3], "one of full, compact"),
        (["minimum_count": 7, "maximum_count": 6], "at most maximum_count"),
    ]

    @Test("that are wrong are refused", arguments: mistakes)
    func refuses(options: JSONObject, words: String) throws {
        let error = #expect(throws: WhetError.self) {
            try EnvironmentCatalog.gym.environment(named: "Sorting", options: options)
        }
        #expect(error?.description.contains(words) == true)
    }

    @Test("an environment that is not there is answered with the nearest")
    func suggestsNames() throws {
        let error = #expect(throws: WhetError.self) { try EnvironmentCatalog.gym.environment(named: "sortng") }
        #expect(error?.suggestion == "Sorting")
    }
}
