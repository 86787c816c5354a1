import Foundation

extension Double {
    /// With this many digits behind the point; "–" for what is no number.
    func fixed(_ digits: Int) -> String {
        guard isFinite else { return "–" }
        return String(format: "%.\(digits)f", self)
    }

    /// A share as "62.5 %".
    var percent: String { "\((self * 100).fixed(1)) %" }

    /// "950", "8.2k", "1.3M".
    var compact: String {
        guard isFinite else { return "–" }
        switch abs(self) {
        case 999_500...: return "\((self / 1_000_000).fixed(1))M"
        case 9_999.5...: return "\((self / 1_000).fixed(0))k"
        case 999.5...: return "\((self / 1_000).fixed(1))k"
        default: return fixed(0)
        }
    }

    /// Seconds as "8 s", "2 min 05 s", "3 h 20 min".
    var duration: String {
        guard isFinite, self < 1e9 else { return "–" }
        let seconds = Int(max(0, self).rounded())
        switch seconds {
        case 3_600...: return "\(seconds / 3_600) h \(Self.twoDigits(seconds % 3_600 / 60)) min"
        case 60...: return "\(seconds / 60) min \(Self.twoDigits(seconds % 60)) s"
        default: return "\(seconds) s"
        }
    }

    /// Seconds since 1970 as "2026-11-21 04:30:00", in universal time.
    var timestamp: String {
        Date(timeIntervalSince1970: self).formatted(
            .iso8601.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false))
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension Double? {
    /// The number with this many digits behind the point; "–" for none.
    func fixed(_ digits: Int) -> String { map { $0.fixed(digits) } ?? "–" }

    var percent: String { map(\.percent) ?? "–" }
}

extension ClosedRange<Int> {
    /// Both ends with this between them; the number alone where they are one.
    func joined(by mark: String) -> String {
        lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound)\(mark)\(upperBound)"
    }
}
