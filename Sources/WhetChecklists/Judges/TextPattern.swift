import Foundation
import WhetCore

/// A regular expression (ICU's syntax) that gives up instead of running on.
///
/// Keeps: a search ends after a bounded number of steps, the same on every machine.
struct TextPattern: Sendable {
    private let expression: NSRegularExpression

    /// The matcher reports every 10,000 steps or so, and wherever it begins anew in the text: so many reports may come
    /// beyond one for each UTF-16 unit.
    private static let reportLimit = 2000

    /// - Throws: `WhetError` where it is no regular expression.
    init(_ source: String) throws {
        do { expression = try NSRegularExpression(pattern: source) } catch {
            throw WhetError("this is not a regular expression", expected: "one in ICU's syntax, such as ^(yes|no)$")
        }
    }

    /// Whether it matches somewhere.
    ///
    /// - Throws: `WhetError` where that takes too long to find out.
    func matches(_ text: String) throws -> Bool {
        var isFound = false
        var hasGivenUp = false
        var reports = 0
        let range = NSRange(location: 0, length: (text as NSString).length)
        expression.enumerateMatches(in: text, options: .reportProgress, range: range) { result, flags, stop in
            reports += 1
            if result != nil { isFound = true }
            hasGivenUp = !isFound && (reports > range.length + Self.reportLimit || flags.contains(.internalError))
            if isFound || hasGivenUp { stop.pointee = true }
        }
        guard !hasGivenUp else {
            throw WhetError(
                "the regular expression takes too long on this text",
                remedy: "write it without nested repetitions such as (a+)+")
        }
        return isFound
    }
}
