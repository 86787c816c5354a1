import Foundation
import Testing

@testable import WhetAlgorithms

/// Nothing is written and then forgotten in a catalog.
@Suite("The catalogs of algorithms and objectives")
struct RegistrationTests {
    /// All Swift files of WhetAlgorithms, one after another.
    private static func sources() throws -> String {
        let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "../../Sources/WhetAlgorithms")
        return try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
            .map { try String(contentsOf: folder.appending(path: $0), encoding: .utf8) }.joined(separator: "\n")
    }

    @Test("have every definition")
    func definitions() throws {
        let written = try Self.sources().matches(of: #/= AlgorithmDefinition\(\s*"(\w+)"/#).map { String($0.1) }
        #expect(written.count > 20)
        for name in Set(written).subtracting(AlgorithmCatalog.names).sorted() {
            Issue.record("\(name) is defined, and no line of AlgorithmCatalog.swift has it")
        }
    }

    @Test("have every objective")
    func objectives() throws {
        let written = try Self.sources().matches(of: #/struct (\w+): (?:Token)?Objective\b/#).map { String($0.1) }
        #expect(written.count > 8)
        for type in Set(written).subtracting(ObjectiveCatalog.all.map { String(describing: $0) }).sorted() {
            Issue.record("\(type) is an objective, and no line of ObjectiveCatalog.swift has it")
        }
    }

    @Test("have every estimator, as part of a definition")
    func estimators() throws {
        let written = try Self.sources().matches(of: #/struct (\w+): AdvantageEstimator\b/#).map { String($0.1) }
        #expect(written.count > 12)
        for type in Set(written).subtracting(AlgorithmCatalog.all.map { String(describing: $0.estimator) }).sorted() {
            Issue.record("\(type) is an estimator, and no algorithm of AlgorithmCatalog.swift uses it")
        }
    }
}
