import Foundation
import Testing
import WhetCore

@testable import WhetStore

@Suite("Judgments in the store")
struct JudgmentTests {
    @Test("are there for whoever opens the store next; the first for a key stays")
    func keeps() async throws {
        let folder = try TemporaryFolder()
        let judgment: JSONValue = ["met": true, "reason": "it \"says\" so\u{0}"]
        do {
            let store = try RolloutStore(path: folder.path("whet.sqlite"))
            #expect(try await store.judgment(for: "a") == nil)
            try await store.keep(judgment: judgment, for: "a")
            try await store.keep(judgment: ["met": false, "reason": ""], for: "a")
            try await store.close()
        }
        let store = try RolloutStore(path: folder.path("whet.sqlite"))
        #expect(try await store.judgment(for: "a") == judgment)
        #expect(try await store.judgment(for: "b") == nil)
    }

    @Test("many at a time, the same among them, are all kept")
    func atOnce() async throws {
        let folder = try TemporaryFolder()
        let store = try RolloutStore(path: folder.path("whet.sqlite"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask { try await store.keep(judgment: ["n": .integer(number % 50)], for: "\(number % 50)") }
            }
            try await group.waitForAll()
        }
        for number in 0..<50 {
            #expect(try await store.judgment(for: "\(number)") == ["n": .integer(number)])
        }
    }
}
