import Foundation
import Testing
import WhetBackends
import WhetTestSupport

@testable import WhetEngine

@Suite("The embedded backend keeps what trainers promise")
struct EmbeddedConformanceTests {
    @Test("every check of the suite passes, and none is left out")
    func conforms() async throws {
        let model = Model(configuration: try .odd(), seed: 1)
        let standard = EmbeddedBackend(model: model, settings: EmbeddedBackend.Settings(threads: 1))
        try await withTemporaryDirectory { folder in
            let suite = TrainerConformance(
                of: { tokens in
                    EmbeddedBackend(
                        model: model, settings: EmbeddedBackend.Settings(threads: 2, microBatchTokens: tokens))
                },
                against: standard,
                settings: TrainerConformance.Settings(vocabulary: model.configuration.vocabularySize), in: folder)
            let findings = try await suite.run()
            for finding in findings {
                guard case .passed = finding.outcome else {
                    Issue.record("\(finding.name): \(finding.outcome)")
                    continue
                }
            }
            let names = findings.map(\.name)
            #expect(names.count { $0.hasPrefix("objective_") } == TrainerCapabilities.everyObjective.count)
            #expect(names.contains("restart_in_mid_step") && names.contains("entropy_bonus"))
        }
    }
}
