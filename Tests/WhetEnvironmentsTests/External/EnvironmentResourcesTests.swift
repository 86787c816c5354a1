import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

@Suite("What environments have outside of whet", .timeLimit(.minutes(2)))
struct EnvironmentResourcesTests {
    @Test("is shared by those of one program, and by no others")
    func shares() throws {
        let resources = EnvironmentResources()
        let pool = try resources.pool(for: sums())
        #expect(try resources.pool(for: sums()) === pool)
        #expect(try resources.pool(for: sums("poison")) !== pool)
        #expect(pool.starts == 0)
    }

    @Test("is gone when its use ends, well or not", arguments: [false, true])
    func closes(fails: Bool) async throws {
        struct Failure: Error {}
        var kept: (pool: WorkerPool, resources: EnvironmentResources)?
        do {
            try await EnvironmentResources.use { resources in
                let pool = try resources.pool(for: sums())
                _ = try await pool.environments()
                kept = (pool, resources)
                if fails { throw Failure() }
            }
        } catch is Failure {}
        let (pool, resources) = try #require(kept)
        #expect(pool.starts == 1)
        await #expect(throws: WhetError.self) { try await pool.environments() }
        #expect(throws: WhetError.self) { try resources.pool(for: sums()) }
    }

    @Test("is started by the first who needs it, once for all who come together")
    func startsLate() async throws {
        try await EnvironmentResources.use { resources in
            let pool = try resources.pool(for: sums())
            let environment = DeferredProcessEnvironment("mine", listedAs: "sums", pool: pool, options: [:])
            #expect(pool.starts == 0)
            async let first = environment.task(level: 0, seed: 1)
            async let second = environment.task(level: 0, seed: 1)
            #expect(try await first == second)
            #expect(pool.starts == 1)
        }
    }
}
