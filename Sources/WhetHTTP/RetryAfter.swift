/// The header field `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
enum RetryAfter {
    /// - Parameter now: seconds since 1970, to take from a date.
    /// - Returns: nil when the text is neither; zero for a date that is past.
    static func parse(_ text: String, now: Double) -> Duration? {
        if let seconds = Int(text), seconds >= 0 { return .seconds(min(seconds, 1 << 31)) }
        guard let date = secondsSince1970(text) else { return nil }
        return .seconds(max(0, Double(date) - now))
    }

    /// "Wed, 21 Oct 2015 07:28:00 GMT": the one form of date that is still sent.
    static func secondsSince1970(_ text: String) -> Int? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[0].hasSuffix(","),
            let day = Int(words[1]), 1...31 ~= day, let month = months.firstIndex(of: String(words[2])),
            let year = Int(words[3]), 1970...9999 ~= year
        else { return nil }
        let clock = words[4].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard clock.count == 3, 0..<24 ~= clock[0], 0..<60 ~= clock[1], 0...60 ~= clock[2] else { return nil }
        // Days from the first of March of year 0, so that the leap day comes last in its year.
        let marchYear = month < 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 10) % 12) + 2) / 5 + day - 1
        let days = marchYear * 365 + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
        return days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
