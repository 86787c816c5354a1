import Foundation
import Testing
import WhetCore
import WhetTestSupport

@testable import WhetAlgorithms

/// The cases of `algorithms.json`: the project's own, and those of the folder named in WHET_FIXTURES if there is one.
enum Fixtures {
    static let folders = FixtureFolders.all.filter {
        FileManager.default.fileExists(atPath: $0.appending(path: "algorithms.json").path)
    }

    static func cases(of kind: String) throws -> [PeerCase] { try cases().filter { $0.kind == kind } }

    static func cases() throws -> [PeerCase] {
        try folders.flatMap { folder in
            let file = try JSONValue(parsing: Data(contentsOf: folder.appending(path: "algorithms.json")))
            let tolerance = file["tolerance"]?.double ?? 1e-6
            return try #require(file["cases"]?.array, "no cases in \(folder.path)")
                .map { PeerCase(json: $0, tolerance: tolerance) }
        }
    }
}

/// One case that a peer computed.
struct PeerCase: Sendable, CustomTestStringConvertible {
    let json: JSONValue
    let tolerance: Double

    var kind: String { json["kind"]?.string ?? "no kind" }
    var testDescription: String { json["name"]?.string ?? "unnamed" }

    /// Settings of the part that `without` leaves out are none of its own.
    func parameters(without omitted: Set<String> = []) throws -> JSONObject {
        try #require(json["parameters"]?.object).filter { !omitted.contains($0.key) }
    }

    func text(_ key: String) throws -> String { try #require(json[key]?.string, "\(key)") }
    func matrix(_ key: String) throws -> [[Double]] { try #require(json[key]?.matrix, "\(key)") }
    func row(_ key: String) throws -> [Double] { try #require(json[key]?.row, "\(key)") }

    var expected: JSONValue { json["expected"] ?? .null }

    var masks: [[Bool]] {
        get throws { try matrix("mask").map { $0.map { $0 != 0 } } }
    }

    /// The batch of an advantage case.
    var rollouts: [ScoredRollout] {
        get throws {
            let names = try #require(json["groups"]?.array).map { $0.string ?? $0.text() }
            let numbers = Dictionary(uniqueKeysWithValues: Set(names).sorted().enumerated().map { ($1, $0) })
            let rewards = try row("rewards"), baselines = json["baselines"]?.row, values = json["values"]?.matrix
            return try masks.enumerated().map { index, mask in
                ScoredRollout(
                    group: GroupID(try #require(numbers[names[index]])), reward: rewards[index], policyMask: mask,
                    baseline: baselines?[index], values: values?[index])
            }
        }
    }
}

extension JSONValue {
    var row: [Double]? {
        guard let array else { return nil }
        let numbers = array.compactMap(\.double)
        return numbers.count == array.count ? numbers : nil
    }

    var matrix: [[Double]]? {
        guard let array else { return nil }
        let rows = array.compactMap(\.row)
        return rows.count == array.count ? rows : nil
    }
}

extension [Double] {
    func agrees(with other: [Double], within tolerance: Double) -> Bool {
        count == other.count && zip(self, other).allSatisfy { abs($0 - $1) <= tolerance }
    }
}

extension [[Double]] {
    func agree(with other: [[Double]], within tolerance: Double) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.agrees(with: $1, within: tolerance) }
    }
}

extension Sequence<Double> {
    var areFinite: Bool { allSatisfy { $0.isFinite } }
}
