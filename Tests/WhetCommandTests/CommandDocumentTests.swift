import Foundation
import Testing

@testable import whet

@Suite("docs/cli.md")
struct CommandDocumentTests {
    /// The commands that have a heading of their own: "### `whet rollouts list`".
    private func documented() throws -> [String] {
        let text = try String(contentsOf: repository.appending(path: "docs/cli.md"), encoding: .utf8)
        return text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("### `whet "), line.hasSuffix("`") else { return nil }
            let words = line.dropFirst("### `whet ".count).dropLast().split(separator: " ")
            return words.prefix { $0.allSatisfy { $0.isLowercase || $0 == "-" } }.joined(separator: " ")
        }
    }

    @Test("describes every command, and none that is not there")
    func commands() throws {
        let documented = try documented()
        #expect(Set(documented) == Set(CommandNames.all(below: Whet.self)))
        #expect(documented.count == Set(documented).count)
    }
}
