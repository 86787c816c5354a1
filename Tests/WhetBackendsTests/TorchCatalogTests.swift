import Foundation
import Testing
import WhetAlgorithms
import WhetTestSupport

@testable import WhetBackends

@Suite("What whet says of trainers/torch before it is started")
struct TorchCatalogTests {
    private func source(_ name: String) throws -> String {
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(
            contentsOf: repository.appending(path: "trainers/torch/whet_torch/\(name)"), encoding: .utf8)
    }

    @Test("is what it knows: objectives, ways of averaging, KL estimates")
    func names() throws {
        let catalog = try source("catalog.py")
        for objective in TrainerCapabilities.torch.objectives {
            #expect(catalog.contains("\"\(objective)\": Definition("), "\(objective)")
        }
        let all = try source("loss.py") + source("divergence.py")
        for name in TrainerCapabilities.torch.aggregations.union(TrainerCapabilities.torch.klEstimators) {
            #expect(all.contains("\"\(name)\"") || name.hasSuffix("+"), "\(name)")
        }
    }
}
