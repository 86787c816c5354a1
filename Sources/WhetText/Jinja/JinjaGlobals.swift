import Foundation
import WhetCore

/// The functions that every template may call.
enum JinjaGlobals {
    static let names: Set<String> = ["range", "namespace", "dict", "raise_exception", "strftime_now"]
    /// As Jinja's sandbox has it.
    static let longestRange = 100_000
}

extension JinjaEvaluator {
    func callGlobal(_ name: String, _ given: JinjaArguments) throws -> JinjaValue {
        switch name {
        case "range": return try range(given)
        case "namespace": return .namespace(try members(given))
        case "dict": return .dictionary(try members(given))
        case "strftime_now": return .string(try time(given.required(0, "format").text()))
        default:  // raise_exception
            throw WhetError(
                try given.required(0, "message").text(), remedy: "the model's chat template refuses this conversation")
        }
    }

    private func range(_ given: JinjaArguments) throws -> JinjaValue {
        let bounds = try given.positional.map { value in
            guard let number = value.wholeNumber else { throw WhetError("range needs integers, not a \(value.kind)") }
            return number
        }
        guard (1...3).contains(bounds.count) else { throw WhetError("range takes one to three integers") }
        let start = bounds.count == 1 ? 0 : bounds[0]
        let stop = bounds.count == 1 ? bounds[0] : bounds[1]
        let step = bounds.count == 3 ? bounds[2] : 1
        guard step != 0 else { throw WhetError("range's step is 0") }
        guard abs((Double(stop) - Double(start)) / Double(step)) <= Double(JinjaGlobals.longestRange) else {
            throw WhetError("the range is too long", expected: "at most \(JinjaGlobals.longestRange) numbers")
        }
        return try list(stride(from: start, to: stop, by: step).map { .integer($0) })
    }

    /// A dictionary, or pairs, and named members.
    private func members(_ given: JinjaArguments) throws -> JinjaDictionary {
        var pairs: [(JinjaKey, JinjaValue)] = []
        for value in given.positional {
            if case .dictionary(let dictionary) = value {
                pairs += dictionary.members.map { ($0.key, $0.value) }
            } else {
                for pair in try elements(of: value) {
                    let parts = try elements(of: pair)
                    guard parts.count == 2 else { throw WhetError("a member of a dictionary is no pair") }
                    pairs.append((try JinjaKey(parts[0]), parts[1]))
                }
            }
        }
        return try dictionary(pairs + given.named.map { (JinjaKey($0.key), $0.value) })
    }

    /// C's `strftime` for the time that the clock gives.
    private func time(_ format: String) throws -> String {
        guard !format.isEmpty else { return "" }
        let (now, zone) = clock()
        // The zone's wall clock as if it were UTC, so that C's own zone does not matter.
        var seconds = time_t(now.timeIntervalSince1970.rounded(.down)) + time_t(zone.secondsFromGMT(for: now))
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { throw WhetError("the time is out of range") }
        var buffer = [CChar](repeating: 0, count: 1024)
        let count = strftime(&buffer, buffer.count, format, &parts)
        guard count > 0 else { throw WhetError("the time's format \"\(format.prefix(40))\" gives nothing or too much") }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
