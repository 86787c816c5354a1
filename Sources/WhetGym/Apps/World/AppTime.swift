/// A minute of the app world's calendar.
///
/// Keeps: it depends on no clock, zone or locale of the machine. Texts are ISO 8601: "2026-05-18", "2026-05-18T09:30".
struct AppTime: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00.
    let minutes: Int

    init(minutes: Int) { self.minutes = minutes }

    /// - Parameters:
    ///   - day: since 1970-01-01.
    ///   - minute: of the day; may lie before or behind it.
    init(day: Int, minute: Int = 0) { minutes = day * 1440 + minute }

    /// Reads "2026-05-18T09:30", or with `dayOnly` "2026-05-18"; nil for anything else, and for
    /// days that no month has.
    init?(_ text: String, dayOnly: Bool = false) {
        let pattern = Array((dayOnly ? "dddd-dd-dd" : "dddd-dd-ddTdd:dd").utf8)
        let bytes = Array(text.utf8)
        guard bytes.count == pattern.count else { return nil }
        var numbers = [0]
        for (byte, wanted) in zip(bytes, pattern) {
            if wanted == UInt8(ascii: "d") {
                guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
                numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int(byte - UInt8(ascii: "0"))
            } else {
                guard byte == wanted else { return nil }
                numbers.append(0)
            }
        }
        if dayOnly { numbers += [0, 0] }
        let (year, month, day) = (numbers[0], numbers[1], numbers[2])
        guard 1970...9999 ~= year, 1...12 ~= month, 1...31 ~= day, 0...23 ~= numbers[3], 0...59 ~= numbers[4] else {
            return nil
        }
        self.init(day: Self.day(year, month, day), minute: numbers[3] * 60 + numbers[4])
        guard self.date == text.prefix(10) else { return nil }
    }

    static func < (one: AppTime, other: AppTime) -> Bool { one.minutes < other.minutes }

    func adding(days: Int = 0, minutes: Int = 0) -> AppTime {
        AppTime(minutes: self.minutes + days * 1440 + minutes)
    }

    /// Since 1970-01-01.
    var day: Int { Int((Double(minutes) / 1440).rounded(.down)) }

    /// "2026-05-18"
    var date: String {
        let (year, month, day) = Self.civil(day)
        return "\(Self.padded(year, 4))-\(Self.padded(month))-\(Self.padded(day))"
    }

    /// "09:30"
    var clock: String {
        let minute = minutes - day * 1440
        return "\(Self.padded(minute / 60)):\(Self.padded(minute % 60))"
    }

    var text: String { "\(date)T\(clock)" }

    /// "2026-05"
    var month: String { String(date.prefix(7)) }

    var weekday: String {
        let names = ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"]
        return names[((day % 7) + 7) % 7]
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days since 1970-01-01 of a date of the Gregorian calendar, counted in eras of 400 years from 1 March of year 0.
    private static func day(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse of `day`.
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let day = day + 719_468
        let era = (day >= 0 ? day : day - 146_096) / 146_097
        let dayOfEra = day - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
