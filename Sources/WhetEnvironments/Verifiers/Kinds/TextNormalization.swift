import Foundation

/// Makes texts alike that differ only in ways that should not count.
///
/// As SQuAD's evaluation (Rajpurkar et al. 2016): small letters, no punctuation, no articles, single spaces; but a
/// point between digits and a minus in front of them stay, because they make another number.
struct TextNormalization: Sendable {
    var ignoresCase = true
    var ignoresPunctuation = true
    /// English ones: a, an, the.
    var ignoresArticles = true
    /// Compatible characters (NFKC): full-width letters, ligatures, other spaces.
    var ignoresCompatibility = true
    /// é is as good as e.
    var ignoresAccents = false

    private static let articles: Set<String> = ["a", "an", "the"]

    func words(of text: String) -> [String] {
        var text = text
        if ignoresCompatibility { text = text.precomposedStringWithCompatibilityMapping }
        if ignoresAccents { text = text.withoutAccents }
        if ignoresCase { text = text.lowercased() }
        if ignoresPunctuation { text = text.withoutPunctuation }
        let words = text.unicodeScalars.split(whereSeparator: \.isPythonSpace).map(String.init)
        return ignoresArticles ? words.filter { !Self.articles.contains($0.lowercased()) } : words
    }

    /// The same, where all of the text would go, without that step: "The" and "?" can be answers, too.
    func keepingAll() -> TextNormalization {
        var other = self
        other.ignoresPunctuation = false
        other.ignoresArticles = false
        return other
    }
}

extension String {
    fileprivate var withoutAccents: String {
        var scalars = decomposedStringWithCanonicalMapping.unicodeScalars
        scalars.removeAll { $0.properties.generalCategory == .nonspacingMark }
        return String(scalars).precomposedStringWithCanonicalMapping
    }

    fileprivate var withoutPunctuation: String {
        let scalars = Array(unicodeScalars)
        var kept = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            let isAfterDigit = index > 0 && scalars[index - 1].isDecimalDigit
            let isBeforeDigit = index + 1 < scalars.count && scalars[index + 1].isDecimalDigit
            let isNumberPart =
                switch scalar {
                case ".": isBeforeDigit
                case "-", "\u{2212}": isBeforeDigit && (index == 0 || scalars[index - 1].isPythonSpace)
                case "/", ":": isAfterDigit && isBeforeDigit
                default: false
                }
            if isNumberPart {
                kept.append(scalar == "\u{2212}" ? "-" : scalar)
            } else if !scalar.isPunctuationOrASCIISymbol {
                kept.append(scalar)
            }
        }
        return String(kept)
    }
}

extension Unicode.Scalar {
    var isDecimalDigit: Bool { properties.generalCategory == .decimalNumber }

    /// Unicode's punctuation, and the symbols that Python's `string.punctuation` has besides: $+<=>^`|~.
    fileprivate var isPunctuationOrASCIISymbol: Bool {
        switch properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            true
        case .mathSymbol, .currencySymbol, .modifierSymbol: isASCII
        default: false
        }
    }
}
