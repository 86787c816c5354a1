import Foundation
import Testing

/// What the guides for those who work on whet say of the code.
@Suite("The guides")
struct GuideTests {
    static let guides = ["docs/architecture.md", "CONTRIBUTING.md"]
    static let pages: [String] = {
        let names =
            (try? FileManager.default.contentsOfDirectory(atPath: repository.appending(path: "docs").path)) ?? []
        return names.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" } + ["README.md", "CONTRIBUTING.md"]
    }()

    private static func text(_ page: String) throws -> String {
        try String(contentsOf: repository.appending(path: page), encoding: .utf8)
    }

    /// Where a page's relative links lead, and what stands after "#".
    private static func links(in text: some StringProtocol, of page: String) -> [(file: URL, heading: String?)] {
        String(text).matches(of: #/\]\(([^)\s]+)\)/#).compactMap { match in
            let parts = match.1.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            guard !match.1.contains("://") else { return nil }
            let folder = repository.appending(path: page).deletingLastPathComponent()
            let file = parts[0].isEmpty ? repository.appending(path: page) : folder.appending(path: String(parts[0]))
            return (file.standardized, parts.count == 2 ? String(parts[1]) : nil)
        }
    }

    @Test("every link of the documents leads somewhere", arguments: pages)
    func links(page: String) throws {
        for (file, heading) in Self.links(in: try Self.text(page), of: page) {
            guard FileManager.default.fileExists(atPath: file.path) else {
                Issue.record("\(page) links to \(file.path), which is not there")
                continue
            }
            guard let heading else { continue }
            let headings = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter {
                $0.hasPrefix("#")
            }
            let names = headings.map { line in
                line.lowercased().drop { "# ".contains($0) }.filter { $0.isLetter || $0.isNumber || "- _".contains($0) }
                    .replacing(" ", with: "-")
            }
            #expect(names.contains(heading), "\(page) links to #\(heading)")
        }
    }

    /// Paragraphs, list items and rows of tables.
    private static func passages(of text: String) -> [String] {
        var passages = [""]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let begins = line.isEmpty || line.hasPrefix("|") || line.hasPrefix("- ") || line.contains(#/^\d+\. /#)
            if begins { passages.append("") }
            passages[passages.count - 1] += "\(line)\n"
        }
        return passages
    }

    @Test("what they name in code stands in a file that the passage links to", arguments: guides)
    func symbols(guide: String) throws {
        var found = 0
        for passage in Self.passages(of: try Self.text(guide)) {
            let files = Self.links(in: passage, of: guide).map(\.file)
            guard !files.isEmpty else { continue }
            let code = try files.flatMap { file -> [String] in
                file.pathExtension == ""
                    ? try swiftFiles(below: file).map { try String(contentsOf: $0, encoding: .utf8) }
                    : [try String(contentsOf: file, encoding: .utf8)]
            }.joined(separator: "\n")
            // `Type`, `function`, `Type.member`; shell commands, paths and recipe keys are others' business.
            for match in passage.matches(of: #/`((?:\w+\.)*\w+)`/#)
            where match.1.contains(#/[a-z][A-Z]|^[A-Z]|^[a-z]+$/#) {
                for word in match.1.split(separator: ".") {
                    found += 1
                    let isThere = code.contains(try Regex(#"\b\#(word)\b"#))
                    #expect(
                        isThere, "\(guide) names `\(match.1)`, and \(files.map(\.lastPathComponent)) has no \(word)")
                }
            }
        }
        #expect(found > 10)
    }
}
