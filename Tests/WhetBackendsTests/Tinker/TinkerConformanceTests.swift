import Foundation
import Testing
import WhetAlgorithms
import WhetBackends
import WhetCore
import WhetHTTP
import WhetTestSupport

@Suite("Tinker conformance")
struct TinkerConformanceTests {
    /// Services that differ in what the API leaves open.
    enum Service: String, CaseIterable, Sendable {
        case documented, skyRL, dividesByWeights, dividesBySequences, faulty, withoutLosses

        var settings: CannedTinker.Settings {
            var settings = CannedTinker.Settings()
            switch self {
            case .documented: break
            case .skyRL: settings = .skyRL
            case .dividesByWeights: settings.dividesByWeights = true
            case .dividesBySequences: settings.dividesBySequences = true
            case .faulty: settings.faults = FaultPlan(seed: 5, share: 0.1)
            case .withoutLosses: settings.losses = ["cross_entropy"]
            }
            return settings
        }
    }

    @Test("every service trains what whet would, whatever it does differently", arguments: Service.allCases)
    func conformance(service: Service) async throws {
        try await withTemporaryDirectory { folder in
            let canned = try CannedTinker(service.settings)
            let client = try HTTPClient()
            let traits = try await canned.backend(client: client).traits
            let conformance = TrainerConformance(
                of: { tokens in
                    // Small requests, so that a batch is several of them.
                    try await canned.backend(client: client, requestTokens: min(tokens, 40), traits: traits)
                },
                against: BigramTrainer(), settings: .init(vocabulary: 24, learningRate: 1e-2), in: folder)
            let findings = try await conformance.run()
            #expect(findings.count > 20)
            for finding in findings {
                #expect(!finding.isFailed, "\(finding.name): \(finding.outcome)")
            }
        }
    }
}
