import Foundation
import Testing

@testable import WhetGym

@Suite("docs/apps.md")
struct AppDocumentTests {
    @Test("says what functions and kinds there are; WHET_WRITE_DOCS=1 writes it anew")
    func document() throws {
        let file = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "../../../docs/apps.md").standardizedFileURL
        let text = try String(contentsOf: file, encoding: .utf8)
        let opening = try #require(text.firstRange(of: "<!-- generated -->\n"))
        let closing = try #require(text.firstRange(of: "<!-- end -->\n"))
        let generated = text.replacingCharacters(
            in: opening.upperBound..<closing.lowerBound, with: "\n\(Self.tables)\n")
        if ProcessInfo.processInfo.environment["WHET_WRITE_DOCS"] == "1" {
            try generated.write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(text == generated, "run: WHET_WRITE_DOCS=1 swift test --filter AppDocumentTests")
        }
    }

    private static var tables: String {
        let functions = AppCatalog.apps.map { app in
            let list = app.functions.map { "`\($0.name)(\($0.parameterList(without: "access_token")))`" }
            return "| `\(app.name)` | \(app.summary) | \(list.joined(separator: ", ")) |"
        }
        let kinds = AppTaskKind.all.map { kind in
            "| \(kind.level) | `\(kind.name)` | \(kind.summary) | \(kind.apps.joined(separator: ", ")) |"
        }
        return """
            ### Apps and functions

            Behind a name: its parameters, those with a ? optional. `access_token`, which most take, is left out.

            | app | what it is | functions |
            |---|---|---|
            \(functions.joined(separator: "\n"))

            ### Kinds of tasks

            | level | kind | to do | apps |
            |---|---|---|---|
            \(kinds.joined(separator: "\n"))
            """
    }
}

extension AppFunction {
    fileprivate func parameterList(without left: String) -> String {
        parameterList.split(separator: ", ").filter { $0 != left }.joined(separator: ", ")
    }
}
