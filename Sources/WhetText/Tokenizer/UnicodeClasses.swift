import WhetCore

/// The character classes that split patterns name: general categories, a few scripts and the escapes `\s`, `\d`, `\w`.
///
/// Keeps: they are those of Unicode 16, which the `tokenizers` library of the field uses (Oniguruma), whatever Unicode
/// this Swift knows; so a text is split here as it was when the model was trained.
enum UnicodeClasses {
    /// `\s`
    static let whitespace = ScalarSet([0x09...0x0D, 0x85...0x85]).union(named("Z") ?? .empty)
    /// `\d`
    static let digits = named("Nd") ?? .empty
    /// `\w`: what is alphabetic, marks, digits, connectors, and the numbers of Latin-1.
    static let word: ScalarSet = {
        var alphabetic: [ClosedRange<UInt32>] = []
        for range in (named("Cn") ?? .empty).inverted.ranges {
            for value in range where Unicode.Scalar(value)?.properties.isAlphabetic ?? false {
                alphabetic.append(value...value)
            }
        }
        return ["M", "Nd", "Pc"].compactMap(named).reduce(ScalarSet(alphabetic)) { $0.union($1) }
            .union(ScalarSet([0xB2...0xB3, 0xB9...0xB9, 0xBC...0xBE]))
    }()
    /// Every scalar that may have another of a different case.
    static let cased = ["Lu", "Ll", "Lt"].compactMap(named).reduce(ScalarSet([0x345...0x345])) { $0.union($1) }
        .union(ScalarSet([0x2160...0x217F, 0x24B6...0x24E9]))

    /// The class `\p{name}`; nil where there is none of that name. One letter means all categories that begin with it.
    static func named(_ name: String) -> ScalarSet? {
        if let script = scripts[name] { return script }
        if name == "Any" { return .every }
        let name = longNames[name] ?? name
        let matching = byCategory.filter { name.count == 1 ? $0.key.hasPrefix(name) : $0.key == name }
        return matching.isEmpty ? nil : ScalarSet(matching.flatMap(\.value.ranges))
    }

    /// What the scalar is compared by where case does not matter.
    static func folded(_ scalar: UInt32) -> UInt32 {
        guard let scalar = Unicode.Scalar(scalar) else { return scalar }
        let upper = scalar.properties.uppercaseMapping.unicodeScalars
        guard upper.count == 1, let first = upper.first else { return scalar.value }
        let lower = first.properties.lowercaseMapping.unicodeScalars
        return lower.count == 1 ? lower.first?.value ?? scalar.value : scalar.value
    }

    private static let byCategory: [String: ScalarSet] = {
        var ranges: [Unicode.GeneralCategory: [ClosedRange<UInt32>]] = [:]
        func close(_ start: UInt32, _ end: UInt32, _ category: Unicode.GeneralCategory) {
            ranges[category, default: []].append(start...end)
        }
        var start: UInt32 = 0
        var current = category(of: 0)
        for value in 1...UInt32(0x10FFFF) {
            let next = category(of: value)
            if next != current {
                close(start, value - 1, current)
                start = value
                current = next
            }
        }
        close(start, 0x10FFFF, current)
        return Dictionary(
            uniqueKeysWithValues: ranges.compactMap { key, value in key.short.map { ($0, ScalarSet(value)) } })
    }()

    private static func category(of value: UInt32) -> Unicode.GeneralCategory {
        guard let scalar = Unicode.Scalar(value) else { return .surrogate }
        if value == 0x295 { return .lowercaseLetter }  // the one scalar that version 17 moved
        let category = scalar.properties.generalCategory
        if category != .unassigned, let age = scalar.properties.age, age.major > 16 { return .unassigned }
        return category
    }

    private static let longNames = [
        "Letter": "L", "Lowercase_Letter": "Ll", "Uppercase_Letter": "Lu", "Titlecase_Letter": "Lt",
        "Modifier_Letter": "Lm", "Other_Letter": "Lo", "Mark": "M", "Number": "N", "Decimal_Number": "Nd",
        "Punctuation": "P", "Symbol": "S", "Separator": "Z", "Other": "C",
    ]

    /// Unicode's Scripts.txt; those that published patterns name.
    private static let scripts: [String: ScalarSet] = [
        "Han": ScalarSet([
            0x2E80...0x2E99, 0x2E9B...0x2EF3, 0x2F00...0x2FD5, 0x3005...0x3005, 0x3007...0x3007, 0x3021...0x3029,
            0x3038...0x303B, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFA6D, 0xFA70...0xFAD9, 0x16FE2...0x16FE3,
            0x16FF0...0x16FF1, 0x20000...0x2A6DF, 0x2A700...0x2B739, 0x2B740...0x2B81D, 0x2B820...0x2CEA1,
            0x2CEB0...0x2EBE0, 0x2EBF0...0x2EE5D, 0x2F800...0x2FA1D, 0x30000...0x3134A, 0x31350...0x323AF,
        ]),
        "Hiragana": ScalarSet([
            0x3041...0x3096, 0x309D...0x309F, 0x1B001...0x1B11F, 0x1B132...0x1B132, 0x1B150...0x1B152,
            0x1F200...0x1F200,
        ]),
        "Katakana": ScalarSet([
            0x30A1...0x30FA, 0x30FD...0x30FF, 0x31F0...0x31FF, 0x32D0...0x32FE, 0x3300...0x3357, 0xFF66...0xFF6F,
            0xFF71...0xFF9D, 0x1AFF0...0x1AFF3, 0x1AFF5...0x1AFFB, 0x1AFFD...0x1AFFE, 0x1B000...0x1B000,
            0x1B120...0x1B122, 0x1B155...0x1B155, 0x1B164...0x1B167,
        ]),
    ]
}

extension Unicode.GeneralCategory {
    /// The two letters that the Unicode standard gives the category; nil for one it did not have in version 16.
    var short: String? {
        switch self {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: nil
        }
    }
}
