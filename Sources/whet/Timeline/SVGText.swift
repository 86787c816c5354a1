/// Builds an SVG document, an element a line.
///
/// Keeps: text and attributes are escaped, and characters that XML does not allow are left out; the same calls give the
/// same bytes.
struct SVGText {
    private(set) var text = ""

    /// Coordinates have at most two digits behind the point.
    typealias Attributes = KeyValuePairs<String, Value>

    enum Value: ExpressibleByStringLiteral, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
        ExpressibleByStringInterpolation
    {
        case text(String)
        case number(Double)

        init(stringLiteral value: String) { self = .text(value) }
        init(floatLiteral value: Double) { self = .number(value) }
        init(integerLiteral value: Int) { self = .number(Double(value)) }

        fileprivate var written: String {
            switch self {
            case .text(let text): SVGText.escaped(text)
            case .number(let number): SVGText.written(number)
            }
        }
    }

    mutating func element(_ name: String, _ attributes: Attributes, _ content: String? = nil) {
        begin(name, attributes, end: content == nil ? "/>\n" : ">")
        guard let content else { return }
        text += Self.escaped(content) + "</\(name)>\n"
    }

    /// Begins an element that holds what `body` writes.
    mutating func element(_ name: String, _ attributes: Attributes, _ body: (inout SVGText) -> Void) {
        begin(name, attributes, end: ">\n")
        body(&self)
        text += "</\(name)>\n"
    }

    private mutating func begin(_ name: String, _ attributes: Attributes, end: String) {
        text += "<\(name)"
        for (key, value) in attributes { text += " \(key)=\"\(value.written)\"" }
        text += end
    }

    /// "12.5", "3", "0.01".
    static func written(_ number: Double) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "0" }
        let hundredths = Int((number * 100).rounded())
        let (whole, rest) = abs(hundredths).quotientAndRemainder(dividingBy: 100)
        let sign = hundredths < 0 ? "-" : ""
        switch rest {
        case 0: return "\(sign)\(whole)"
        case let rest where rest % 10 == 0: return "\(sign)\(whole).\(rest / 10)"
        default: return "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
        }
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\t", "\n", "\r": escaped += " "
            // https://www.w3.org/TR/xml/#charsets
            case "\u{20}"..."\u{FFFD}", "\u{10000}"..."\u{10FFFF}": escaped.unicodeScalars.append(scalar)
            default: continue
            }
        }
        return escaped
    }
}
