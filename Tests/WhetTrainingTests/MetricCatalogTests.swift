import Foundation
import Testing

@testable import WhetTraining

@Suite("docs/metrics.md")
struct MetricCatalogTests {
    private let repository = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test("says what the catalog says; WHET_WRITE_DOCS=1 writes it anew")
    func document() throws {
        let file = repository.appending(path: "docs/metrics.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let opening = try #require(text.firstRange(of: "<!-- generated -->\n"))
        let closing = try #require(text.firstRange(of: "<!-- end -->\n"))
        let generated = text.replacingCharacters(
            in: opening.upperBound..<closing.lowerBound, with: "\n\(MetricCatalog.markdown)\n")
        if ProcessInfo.processInfo.environment["WHET_WRITE_DOCS"] == "1" {
            try generated.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(text == generated, "run: WHET_WRITE_DOCS=1 swift test --filter MetricCatalogTests")
        }
    }

    @Test("names are unique, each has its place, and is described in one line")
    func names() {
        #expect(Set(MetricCatalog.all.map(\.name)).count == MetricCatalog.all.count)
        for metric in MetricCatalog.all {
            #expect(MetricCatalog.places.contains { metric.name.hasPrefix("\($0.word)/") }, "\(metric.name)")
            #expect(!metric.summary.isEmpty && !metric.summary.hasSuffix("."), "\(metric.name)")
        }
        #expect(MetricCatalog.metric("schedule/token_share_age_3")?.name == "schedule/token_share_age_*")
        #expect(MetricCatalog.metric("schedule/token_share_age_") == nil)
        #expect(MetricCatalog.metric("reward/median") == nil)
    }

    @Test("every place is a file that is there", arguments: MetricCatalog.places.map { $0.file })
    func places(file: String) {
        #expect(FileManager.default.fileExists(atPath: repository.appending(path: file).path))
    }

    @Test("every metric that Sources write by name is described, and every description is of one that they write")
    func written() throws {
        let words = MetricCatalog.places.map { $0.word }.joined(separator: "|")
        let literal = try Regex(#""((?:\#(words))/[^"]*)""#)
        var named: Set<String> = []
        var text = ""
        for folder in ["WhetTraining", "WhetRollouts", "WhetAlgorithms", "WhetBackends"] {
            let root = repository.appending(path: "Sources/\(folder)")
            for path in try FileManager.default.subpathsOfDirectory(atPath: root.path)
            where path.hasSuffix(".swift") && !path.hasSuffix("MetricCatalog.swift") {
                let source = try String(contentsOf: root.appending(path: path), encoding: .utf8)
                text += source
                for match in source.matches(of: literal) {
                    // An interpolation stands for any text.
                    named.insert(String(match.output[1].substring ?? "").replacing(#/\\\([^)]*\)+/#, with: "*"))
                }
            }
        }
        #expect(named.count > 30)
        // Names that others give: a backend, a correction.
        named.subtract(["train/*", "off_policy/*"])
        let patterns = named.filter { $0.contains("*") }.map { Metric($0, "") }
        for name in named.sorted() {
            let isDescribed =
                MetricCatalog.metric(name) != nil || MetricCatalog.all.contains { Metric(name, "").names($0.name) }
            #expect(isDescribed, "\(name) is written, and MetricCatalog does not say what it is")
        }
        for metric in MetricCatalog.all where !named.contains(metric.name) && !metric.name.contains("*") {
            let last = metric.name.split(separator: "/").last ?? ""
            let isWritten = text.contains("\"\(last)\"") || patterns.contains { $0.names(metric.name) }
            #expect(isWritten, "nothing in Sources writes \(metric.name)")
        }
    }
}
