/// Kinds of characters as Python has them, which the checks that we are held against were written in.
extension Unicode.Scalar {
    /// What Python's `str.isspace` and its `\s` hold for white space.
    var isPythonSpace: Bool { isASCII ? UInt8(value).isWhiteSpace : isForeignWhiteSpace }

    /// Without a look into Unicode's tables, which is slow.
    var isASCIILetter: Bool { value | 0x20 >= 0x61 && value | 0x20 <= 0x7A }

    /// What Python's `\w` matches.
    var isPythonWord: Bool {
        if isASCII { return isASCIILetter || UInt8(value).isDigit || self == "_" }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return true
        default: return properties.numericType != nil
        }
    }

    /// The line breaks that Python's `splitlines` knows.
    var isLineBreak: Bool {
        switch value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}
