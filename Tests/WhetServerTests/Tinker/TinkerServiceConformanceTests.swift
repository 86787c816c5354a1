import Foundation
import Testing
import WhetBackends
import WhetCore
import WhetEngine
import WhetHTTP
import WhetTestSupport

@testable import WhetServer

/// whet's own client of the API against whet's own service: a trainer as any other.
@Suite("Tinker: conformance of the service", .timeLimit(.minutes(5)))
struct TinkerServiceConformanceTests {
    @Test("the embedded engine behind the API keeps what a trainer promises, and computes what it computes without")
    func conformance() async throws {
        var settings = TinkerService.Settings()
        settings.maximumModels = 8
        try await withTemporaryDirectory { folder in
            settings.checkpoints = folder.appending(path: "service")
            try await TestTinker.serving(settings) { server in
                let connect = { @Sendable (traits: TinkerTraits?) in
                    try await TinkerBackend.connect(
                        TinkerBackend.Settings(url: server.url, vocabularySize: 640, traits: traits),
                        client: server.client)
                }
                let first = try await connect(nil)
                let traits = first.traits
                await first.close()
                #expect(traits == TinkerTraits(), "\(traits)")
                let standard = EmbeddedBackend(
                    model: try Model(directory: FixtureFolders.qwen3),
                    settings: .init(threads: 1, optimizer: .init(clipNorm: nil)))
                let suite = TrainerConformance(
                    of: { _ in try await connect(traits) }, against: standard,
                    settings: .init(vocabulary: 620), in: folder)
                let findings = try await suite.run()
                #expect(findings.count > 20)
                for finding in findings { #expect(!finding.isFailed, "\(finding.name): \(finding.outcome)") }
            }
        }
    }
}
