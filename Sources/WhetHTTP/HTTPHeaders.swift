/// Header fields in their order. Names compare without regard to case; a name may come more than once.
public struct HTTPHeaders: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// A name and its value.
    public struct Field: Hashable, Sendable {
        /// As it is sent; compared without regard to case.
        public var name: String
        /// Without line breaks.
        public var value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// In the order in which they are sent, or came.
    public var fields: [Field]

    public init(_ fields: [Field] = []) { self.fields = fields }

    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field($0.0, $0.1) }
    }

    /// The value of the first field of that name. Setting replaces all of that name; nil removes them.
    public subscript(name: String) -> String? {
        get { fields.first { $0.name.isSameHeaderName(as: name) }?.value }
        set {
            let place = fields.firstIndex { $0.name.isSameHeaderName(as: name) } ?? fields.endIndex
            fields.removeAll { $0.name.isSameHeaderName(as: name) }
            if let newValue { fields.insert(Field(name, newValue), at: place) }
        }
    }
}

extension HTTPHeaders {
    /// Reads what a server sent before the body: a status line, then one field a line. Lines without a colon are
    /// skipped.
    package init(head: [UInt8]) {
        fields = head.split(separator: UInt8(ascii: "\n")).dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            func text(_ bytes: ArraySlice<UInt8>) -> String {
                let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
                let start = bytes.firstIndex { !isSpace($0) } ?? bytes.endIndex
                let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? start
                return String(decoding: bytes[start..<end], as: UTF8.self)
            }
            return Field(text(line[..<colon]), text(line[(colon + 1)...]))
        }
    }

    /// The first thing here that would break out of a header, if there is one.
    var fault: String? {
        for field in fields {
            if field.name.isEmpty || !field.name.utf8.allSatisfy(\.isHeaderNameByte) {
                return "\"\(field.name)\" is no name of a header field"
            }
            // The value may be a secret, so it is not shown.
            if field.value.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }) {
                return "the value of the header field \(field.name) has a line break or a zero byte in it"
            }
        }
        return nil
    }
}

extension UInt8 {
    /// RFC 9110, section 5.6.2: a `tchar`.
    fileprivate var isHeaderNameByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}

extension String {
    fileprivate func isSameHeaderName(as other: String) -> Bool {
        let mine = utf8
        let theirs = other.utf8
        return mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.lowercased == $1.lowercased }
    }
}

extension UInt8 {
    /// ASCII letters in lower case; anything else as it is.
    var lowercased: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self }
}
