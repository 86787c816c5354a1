/// A unit of measurement: what it measures, and its size in the base unit of that.
struct MeasurementUnit: Equatable, Sendable {
    let quantity: String
    let scale: Rational

    /// - Parameter name: as people write it: "cm", "meters", "hrs".
    init?(_ name: String) {
        let name = name.trimmedWords.filter { $0 != "." && $0 != " " }
        guard let unit = Self.table[name] ?? (name.hasSuffix("s") ? Self.table[String(name.dropLast())] : nil) else {
            return nil
        }
        self = unit
    }

    private init(_ quantity: String, _ scale: Rational) {
        self.quantity = quantity
        self.scale = scale
    }

    private static let table: [String: MeasurementUnit] = {
        var table: [String: MeasurementUnit] = [:]
        func add(_ quantity: String, _ scale: Rational, _ names: String...) {
            for name in names { table[name] = MeasurementUnit(quantity, scale) }
        }
        add("length", Rational(1), "m", "meter", "metre", "mtr")
        add("length", Rational(1, over: 100), "cm", "centimeter", "centimetre")
        add("length", Rational(1, over: 1000), "mm", "millimeter", "millimetre")
        add("length", Rational(1, over: 10), "dm", "decimeter", "decimetre")
        add("length", Rational(1000), "km", "kilometer", "kilometre")
        add("length", Rational(254, over: 10_000), "in", "inch", "inches")
        add("length", Rational(3048, over: 10_000), "ft", "foot", "feet")
        add("length", Rational(9144, over: 10_000), "yd", "yard")
        add("length", Rational(1_609_344, over: 1000), "mi", "mile")
        add("time", Rational(1), "s", "sec", "second")
        add("time", Rational(60), "min", "minute")
        add("time", Rational(3600), "h", "hr", "hour")
        add("time", Rational(86_400), "day")
        add("mass", Rational(1), "g", "gram", "gm")
        add("mass", Rational(1000), "kg", "kilogram")
        add("mass", Rational(1, over: 1000), "mg", "milligram")
        add("volume", Rational(1), "l", "liter", "litre")
        add("volume", Rational(1, over: 1000), "ml", "milliliter", "millilitre", "cc")
        add("money", Rational(1), "dollar", "usd")
        add("money", Rational(1, over: 100), "cent")
        for name in [
            "mph", "kmh", "kmph", "lb", "oz", "pound", "ounce", "gal", "gallon", "acre", "unit", "ohm", "hz",
            "rpm", "week", "month", "year", "yr", "rad", "radian", "pt", "sq", "mol", "pa", "kw", "mw", "gb", "mb",
            "rupee", "euro",
        ] {
            add(name, Rational(1), name)
        }
        return table
    }()
}
