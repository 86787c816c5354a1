/// Kinds of scalars, quick for ASCII. Text is searched as scalars, for characters are slow to compare.
extension Unicode.Scalar {
    var isLatinDigit: Bool { value &- 0x30 < 10 }

    var isSpace: Bool { isASCII ? value == 0x20 || value &- 9 < 5 : isForeignWhiteSpace }

    var breaksLine: Bool { value &- 0x0A < 4 || value == 0x85 || value == 0x2028 || value == 0x2029 }

    var isAlphabetic: Bool { isASCII ? (value | 0x20) &- 0x61 < 26 : properties.isAlphabetic }

    /// In lower case if it is ASCII.
    var lowered: Unicode.Scalar {
        value &- 0x41 < 26 ? Unicode.Scalar(UInt8(value) + 0x20) : self
    }
}

extension Character {
    var isLatinDigit: Bool { self >= "0" && self <= "9" }
}

extension String {
    init(_ scalars: some Sequence<Unicode.Scalar>) {
        var view = UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}
