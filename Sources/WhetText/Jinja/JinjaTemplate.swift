import Foundation
import WhetCore

/// A Jinja template, parsed once, rendered as often as wanted: the language that published chat templates use.
///
///     let template = try JinjaTemplate(source: "{% for m in messages %}{{ m.content }}{% endfor %}")
///     let text = try template.render(["messages": [["content": "Hi"]]])
///
/// Keeps: it renders as Jinja 3.1 does with transformers' settings (`trim_blocks`, `lstrip_blocks`, no escaping). A
/// template never hangs, crashes or fills the memory, whoever wrote it: it ends or throws within its limits.
public struct JinjaTemplate: Sendable {
    /// How much a template may do.
    public struct Limits: Sendable {
        /// Statements, expressions and elements, and 16 bytes of text each.
        public var steps = 4_000_000
        /// Bodies and expressions within each other, those of called macros included; this many fit a stack of 512 KiB.
        public var depth = 180

        public init() {}
    }

    /// What `strftime_now` reads: the time, and the zone whose wall clock it shows.
    public typealias Clock = @Sendable () -> (now: Date, zone: TimeZone)

    private let body: [JinjaStatement]
    private let name: String

    /// - Parameter name: what errors call the template.
    /// - Throws: `WhetError` with the line of what is not Jinja.
    public init(source: String, name: String = "template") throws {
        self.name = name
        do { body = try JinjaParser.parse(source) } catch let error as WhetError {
            throw error.located(in: name, line: nil)
        }
    }

    /// - Parameter context: the variables that the template sees.
    /// - Throws: `WhetError` with the line that failed, or what the template raised.
    public func render(
        _ context: JSONObject, limits: Limits = Limits(), clock: @escaping Clock = { (Date(), .current) }
    ) throws -> String {
        let evaluator = JinjaEvaluator(limits: limits, clock: clock)
        do { return try evaluator.render(body, context: context) } catch let error as WhetError {
            throw error.located(in: name, line: evaluator.line)
        }
    }
}

extension WhetError {
    /// The error with the template's name, and its line where the error does not tell one.
    fileprivate func located(in template: String, line: Int?) -> WhetError {
        var error = self
        let place = self.place ?? line.map { "line \($0)" }
        error.place = [template, place].compactMap { $0 }.joined(separator: ", ")
        return error
    }
}
