import Foundation
import Testing

@testable import WhetEnvironments

@Suite("docs/environments.md")
struct DeclarationReferenceTests {
    private let text: String
    private let file: URL

    init() throws {
        file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/environments.md")
        text = try String(contentsOf: file, encoding: .utf8)
    }

    @Test("has every key as the schema has it; WHET_WRITE_DOCS=1 writes it anew")
    func tables() throws {
        let opening = try #require(text.range(of: "<!-- generated -->\n", options: .backwards))
        let closing = try #require(text.range(of: "<!-- end -->", range: opening.upperBound..<text.endIndex))
        let generated = text.replacingCharacters(
            in: opening.upperBound..<closing.lowerBound, with: "\(DeclarationReference.markdown)\n")
        if ProcessInfo.processInfo.environment["WHET_WRITE_DOCS"] == "1" {
            try generated.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(text == generated, "run: WHET_WRITE_DOCS=1 swift test --filter DeclarationReferenceTests")
        }
    }

    @Test("names every kind of verifier")
    func verifiers() {
        for kind in VerifierCatalog.standard.kinds { #expect(text.contains("`\(kind)`"), "\(kind)") }
    }

    @Test("shows environments that work")
    func examples() throws {
        let blocks = text.split(separator: "```yaml\n").dropFirst().compactMap {
            $0.split(separator: "```").first.map(String.init)
        }
        let complete = blocks.filter { $0.contains("prompt:") && $0.contains("verifiers:") }
        #expect(complete.count == 2)
        let files = ["data/trivia.csv": "Question Text,Answer,difficulty,id\nWho?,Me,1,a\nWhen?,Now,5,b\nWhy?,So,9,c\n"]
        for block in complete { #expect(mistakes(block, files: files).isEmpty, "\(mistakes(block, files: files))") }
        let spoilt = complete[0].replacing("prompt:", with: "promt:")
            .replacing("{integer: [0, 29]}", with: "{intger: [0, 29]}", maxReplacements: 1)
        let told = mistakes(spoilt).map {
            $0.description.prefix { $0 != "\n" }.replacing("test.yaml", with: "environments/sums.yaml")
        }
        #expect(told.count == 2)
        for line in told { #expect(text.contains(line), "\(line)") }
    }
}
