import Foundation
import Testing
import WhetCore

@testable import WhetText

/// A template and what Jinja 3.1.6 makes of it with transformers' settings; no text where it refuses.
struct JinjaCase: Sendable, CustomTestStringConvertible {
    let source: String
    let text: String?
    let context: JSONObject

    var testDescription: String { String(source.prefix(60)) }

    static func all() throws -> [JinjaCase] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "jinja.jsonl")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        let context = try #require(lines.first?["context"]?.object)
        return try lines.dropFirst().map {
            JinjaCase(source: try #require($0["source"]?.string), text: $0["text"]?.string, context: context)
        }
    }
}

@Suite("Jinja")
struct JinjaTemplateTests {
    /// What the cases were made with.
    static let clock: JinjaTemplate.Clock = { (Date(timeIntervalSince1970: 1_700_000_000), .gmt) }

    @Test("there are cases")
    func hasCases() throws { #expect(try JinjaCase.all().count > 400) }

    @Test("gives Jinja's text, or refuses where Jinja does", arguments: try JinjaCase.all())
    func agreesWithJinja(_ sample: JinjaCase) {
        do {
            let text = try JinjaTemplate(source: sample.source).render(sample.context, clock: Self.clock)
            #expect(text == sample.text)
        } catch {
            #expect(sample.text == nil, "\(error)")
            #expect(error is WhetError)
        }
    }

    @Test(
        "an error names the line",
        arguments: [
            ("a\n{{ x.y }}", "template, line 2: \"x\" is undefined"),
            ("{% if 1 %}\n\n{{ 1 / 0 }}{% endif %}", "line 3"),
            ("\n\n{% fr x in y %}", "line 3: there is no statement \"fr\" (did you mean \"for\"?)"),
            ("\n{{ 1 | uper }}", "line 2: there is no filter \"uper\" (did you mean \"upper\"?)"),
            ("{{ 1 is defned }}", "did you mean \"defined\"?"), ("{{ 1\n", "line 1: a tag is not closed"),
            ("{% for x in y %}", "the end of the template comes too early"),
            ("\n{{ raise_exception('say why') }}", "line 2: say why"),
        ])
    func namesLines(source: String, words: String) {
        do {
            _ = try JinjaTemplate(source: source).render([:])
            Issue.record("\(source) did not fail")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
        }
    }

    @Test("the clock is the one that is given")
    func readsClock() throws {
        let zone = try #require(TimeZone(secondsFromGMT: 2 * 3600))
        let text = try JinjaTemplate(source: "{{ strftime_now('%d %b %Y %H:%M') }}")
            .render([:], clock: { (Date(timeIntervalSince1970: 1_700_000_000), zone) })
        #expect(text == "15 Nov 2023 00:13")
    }

    @Test("a template renders the same as often as wanted, from several tasks")
    func rendersAgain() async throws {
        let template = try JinjaTemplate(source: "{% set n = namespace(a=x) %}{% set n.a = n.a + 1 %}{{ n.a }}")
        let texts = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try template.render(["x": 1]) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(texts == Array(repeating: "2", count: 20))
    }
}
