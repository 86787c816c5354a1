import Foundation
import Testing
import WhetCore

@testable import WhetText

/// Templates and tokenizers come from strangers' directories: they may fail, but nothing else.
@Suite("Hostile input")
struct HostileTests {
    /// Runs on a thread with a stack as small as any that Swift's tasks may get.
    private func onSmallStack<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: body()) }
            #if DEBUG
                thread.stackSize = 8 << 20  // unoptimized code takes far more room
            #else
                thread.stackSize = 512 << 10
            #endif
            thread.start()
        }
    }

    static let endless: [(name: String, source: String)] = [
        (
            "nested loops",
            String(repeating: "{% for i in range(100000) %}", count: 8) + String(repeating: "{% endfor %}", count: 8)
        ),
        ("a macro that calls itself", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
        (
            "two macros in turns",
            "{% macro a() %}{{ b() }}{% endmacro %}"
                + "{% macro b() %}{% if true %}{{ [a()] | join }}{% endif %}{% endmacro %}{{ a() }}"
        ),
        (
            "a macro through map",
            "{% macro a(x) %}{{ [1] | map('string') | join ~ (a(1) if true else 0) }}{% endmacro %}{{ a(1) }}"
        ),
        (
            "text that doubles",
            "{% set n = namespace(s='x' * 1000) %}{% for i in range(100) %}{% set n.s = n.s ~ n.s %}{% endfor %}"
        ),
        ("a long repetition", "{{ 'x' * 10000000000 }}"),
        ("a longer repetition", "{{ 'xxxxxxxx' * 4611686018427387904 }}"),
        ("a repeated list", "{{ ([0] * 1000000000) | length }}"),
        (
            "lists that grow",
            "{% set n = namespace(l=[1]) %}{% for i in range(100) %}{% set n.l = n.l + n.l %}{% endfor %}"
        ),
        ("a list in itself", "{% set l = [] %}{{ l.append(l) }}{{ l }}"),
        (
            "lists of lists",
            "{% set n = namespace(l=[]) %}{% for i in range(50000) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l }}"
        ),
        (
            "dictionaries of dictionaries",
            "{% set n = namespace(l={}) %}{% for i in range(999) %}{% set n.l = {'a': n.l} %}{% endfor %}"
                + "{{ n.l | tojson }}"
        ),
        ("a padded text", "{{ 'x'.center(100000000000) }}"),
        ("a wide format", "{{ '%999999999d' % 1 }}"),
        ("a deep indent", "{{ [[1]] | tojson(indent=1000000000) }}"),
        ("a wide indent", "{{ 'a\nb' | indent(99999999999) }}"),
        ("a long range", "{{ range(10000000000) | length }}"),
        (
            "replacing nothing",
            "{% set n = namespace(s='xx') %}{% for i in range(60) %}{% set n.s = n.s | replace('', n.s) %}{% endfor %}"
        ),
        ("batches", "{{ [1] | batch(100000000000, 'x') | list | length }}"),
        ("slices", "{{ [1] | slice(100000000000) | list | length }}"),
        (
            "parentheses",
            "{{ " + String(repeating: "(", count: 100_000) + "1" + String(repeating: ")", count: 100_000) + " }}"
        ),
        ("brackets", "{{ " + String(repeating: "[", count: 100_000) + " }}"),
        ("signs", "{{ " + String(repeating: "- ", count: 100_000) + "1 }}"),
        ("nots", "{{ " + String(repeating: "not ", count: 100_000) + "1 }}"),
        ("a long sum", "{{ 1" + String(repeating: " + 1", count: 100_000) + " }}"),
        ("a long path", "{{ a" + String(repeating: ".b", count: 100_000) + " }}"),
        ("many filters", "{{ 'a'" + String(repeating: " | upper", count: 100_000) + " }}"),
        ("many tests", "{{ 1" + String(repeating: " is not none", count: 100_000) + " }}"),
        ("many choices", "{{ 1" + String(repeating: " if 1 else 2", count: 100_000) + " }}"),
        ("many calls", "{{ a" + String(repeating: "()", count: 100_000) + " }}"),
        ("nested targets", "{% set " + String(repeating: "(", count: 100_000) + " %}"),
        ("nested blocks", String(repeating: "{% if 1 %}", count: 100_000)),
        ("a large power", "{{ 10 ** 10000000000 }}"),
        ("overflow", "{{ 9223372036854775807 + 1 }}"),
        ("negative overflow", "{{ (-9223372036854775807 - 1) // -1 }}"),
    ]

    @Test("a template that would never end is stopped", arguments: endless.map(\.name))
    func endsTemplates(name: String) async throws {
        let source = try #require(Self.endless.first { $0.name == name }?.source)
        let failed = await onSmallStack {
            do {
                _ = try JinjaTemplate(source: source).render([:])
                return false
            } catch {
                return error is WhetError
            }
        }
        #expect(failed)
    }

    @Test("the deepest that is allowed still fits a small stack")
    func fitsDeepest() async throws {
        let sources = [
            "{{ " + String(repeating: "(", count: 38) + "1" + String(repeating: ")", count: 38) + " }}",
            "{{ " + String(repeating: "[", count: 38) + "1" + String(repeating: "]", count: 38) + " }}",
            String(repeating: "{% if 1 %}", count: 55) + "x" + String(repeating: "{% endif %}", count: 55),
            String(repeating: "{% for i in [1] %}", count: 55) + "x" + String(repeating: "{% endfor %}", count: 55),
            "{{ 1" + String(repeating: " + 1", count: 95) + " }}",
            "{% macro m(n) %}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(30) }}",
        ]
        for source in sources {
            #expect(
                await onSmallStack { (try? JinjaTemplate(source: source).render([:])) != nil }, "\(source.prefix(60))")
        }
    }

    @Test("deep messages are refused, not followed")
    func refusesDeepMessages() throws {
        var value: JSONValue = 1
        for _ in 0..<300 { value = [value] }
        let template = try JinjaTemplate(source: "{{ x }}")
        #expect(throws: WhetError.self) { try template.render(["x": value]) }
    }

    @Test("garbage is no template, or one that renders", arguments: 0..<300)
    func survivesGarbageTemplates(seed: Int) {
        var random = RandomStream(seed: 5, purpose: "garbage template", seed)
        let pieces = [
            "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", " ", "\n", "if", "else", "elif", "endif", "for", "in",
            "endfor",
            "set", "endset", "macro", "endmacro", "m", "x", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", ".", ",",
            "|",
            "=", "==", "1", "2.5", "e", "loop", "raw", "endraw", "is", "not", "none", "~", "*", "**", "é", "\u{0}",
            ":",
            "upper", "tojson", "range", "namespace", "call", "endcall", "filter", "break",
        ]
        let source = (0..<Int.random(in: 1...60, using: &random))
            .map { _ in (pieces.randomElement(using: &random) ?? "") + (Bool.random(using: &random) ? " " : "") }
            .joined()
        do { _ = try JinjaTemplate(source: source).render(["x": [1, "a", ["k": nil]]]) } catch {
            #expect(error is WhetError)
        }
    }

    @Test("a template cut or changed anywhere fails or renders", arguments: 0..<200)
    func survivesDamagedTemplates(seed: Int) throws {
        var random = RandomStream(seed: 6, purpose: "damaged template", seed)
        let model = try #require(Fixtures.models().first)
        var bytes = Array(try Data(contentsOf: model.appending(path: "chat_template.jinja")))
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...127, using: &random)
            case 1: bytes.removeSubrange(place..<min(bytes.count, place + 9))
            default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 20)], at: place)
            }
        }
        do {
            let template = try ChatTemplate(source: String(decoding: bytes, as: UTF8.self))
            _ = try template.render(messages: [Message(.system, "s"), Message(.user, "u"), Message(.assistant, "a")])
        } catch {
            #expect(error is WhetError)
        }
    }

    @Test("a damaged tokenizer.json is refused or works", arguments: 0..<150)
    func survivesDamagedTokenizers(seed: Int) throws {
        var random = RandomStream(seed: 7, purpose: "damaged tokenizer", seed)
        let model = try #require(Fixtures.models().first)
        let json = try JSONValue(parsing: Data(contentsOf: model.appending(path: "tokenizer.json")))
        do {
            let tokenizer = try Tokenizer(json: json.damaged(using: &random))
            let tokens = tokenizer.encode("The sum of 12 é 日本 <|im_end|>\n", addSpecialTokens: true)
            _ = tokenizer.decode(tokens + [-1, .max, .min])
        } catch {
            #expect(error is WhetError)
        }
    }

    @Test(
        "a pattern that backtracks without end is matched all the same",
        arguments: [
            "(a*)*b", "(a|a)*b", "(a|aa)+$", "((a+)+)+b", "(?:a?){40}b", "(a*)+", "(?=(a*)*b)a",
            "((((a{0,50}){0,50})))", "(|a)*b",
        ])
    func endsPatterns(pattern: String) throws {
        let trained = try Tokenizer.characters()
        guard case .object(var json) = trained.json else { return }
        json["pre_tokenizer"] = [
            "type": "Sequence",
            "pretokenizers": [
                ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated", "invert": false],
                ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false],
            ],
        ]
        let tokenizer = try Tokenizer(json: .object(json))
        let text = String(repeating: "a", count: 300) + "c"
        #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    }
}

extension JSONValue {
    /// The value with one part, however deep, missing or of another kind.
    func damaged(using random: inout RandomStream) -> JSONValue {
        let others: [JSONValue] = [
            nil, true, -1, 3_000_000_000, 1.5, "", "x", [], [:], [[]], ["type": "x"], ["type": "Sequence"],
        ]
        if Int.random(in: 0..<4, using: &random) == 0 { return others.randomElement(using: &random) ?? nil }
        switch self {
        case .object(var members) where !members.isEmpty:
            let index = Int.random(in: 0..<members.count, using: &random)
            let key = members.keys[index]
            if Int.random(in: 0..<8, using: &random) == 0 {
                members[key] = nil
            } else {
                members[key] = members[key]?.damaged(using: &random)
            }
            return .object(members)
        case .array(var elements) where !elements.isEmpty:
            let index = Int.random(in: 0..<elements.count, using: &random)
            elements[index] = elements[index].damaged(using: &random)
            return .array(elements)
        default: return others.randomElement(using: &random) ?? nil
        }
    }
}
