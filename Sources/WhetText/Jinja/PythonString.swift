/// Python's string operations, on Unicode scalars as Python has them.
extension String {
    init(_ scalars: some Sequence<Unicode.Scalar>) {
        self = ""
        unicodeScalars.append(contentsOf: scalars)
    }

    /// Where the part occurs, as offsets in UTF-8, one after the other and without overlap.
    func places(of part: String, limit: Int = .max) -> [Int] {
        let part = Array(part.utf8)
        guard !part.isEmpty else { return [] }
        var copy = self
        return copy.withUTF8 { text in
            var places: [Int] = []
            var start = 0
            while places.count < limit, let place = text.firstPlace(of: part, from: start) {
                places.append(place)
                start = place + part.count
            }
            return places
        }
    }

    func hasPart(_ part: String) -> Bool { part.isEmpty || !places(of: part, limit: 1).isEmpty }

    /// The bytes of a range of UTF-8 offsets.
    func part(_ range: Range<Int>) -> String { String(decoding: Array(utf8)[range], as: UTF8.self) }

    func replacing(_ part: String, by replacement: String, limit: Int) -> String {
        let places = places(of: part, limit: limit)
        guard !places.isEmpty else { return self }
        let bytes = Array(utf8)
        var result: [UInt8] = []
        var start = 0
        for place in places {
            result += bytes[start..<place]
            result += replacement.utf8
            start = place + part.utf8.count
        }
        return String(decoding: result + bytes[start...], as: UTF8.self)
    }

    /// Between every two scalars, as Python replaces nothing by something.
    func interspersed(with replacement: String, limit: Int) -> String {
        var result = ""
        var left = limit
        for scalar in unicodeScalars {
            if left > 0 { result += replacement }
            left -= 1
            result.unicodeScalars.append(scalar)
        }
        return left > 0 ? result + replacement : result
    }

    func stripped(_ characters: String?, left: Bool = true, right: Bool = true) -> String {
        let set = characters.map { Set($0.unicodeScalars) }
        func goes(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? scalar.isPythonSpace }
        var rest = unicodeScalars[...]
        if left { rest = rest.drop(while: goes) }
        if right { while let last = rest.last, goes(last) { rest.removeLast() } }
        return String(Substring(rest))
    }

    /// `split(separator, limit)`; the limit counts cuts, below 0 there is none.
    func pieces(separatedBy separator: String, limit: Int, fromEnd: Bool) -> [String] {
        var places = places(of: separator, limit: fromEnd || limit < 0 ? .max : limit)
        if fromEnd {
            places = placesFromEnd(of: separator)
            if limit >= 0 { places = Array(places.suffix(limit)) }
        }
        let bytes = Array(utf8)
        var pieces: [String] = []
        var start = 0
        for place in places {
            pieces.append(String(decoding: bytes[start..<place], as: UTF8.self))
            start = place + separator.utf8.count
        }
        return pieces + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    /// As `places`, but found from the end, which differs where a part overlaps itself.
    private func placesFromEnd(of part: String) -> [Int] {
        let part = Array(part.utf8.reversed())
        guard !part.isEmpty else { return [] }
        let count = utf8.count
        return Array(utf8.reversed()).withUnsafeBufferPointer { backward in
            var places: [Int] = []
            var start = 0
            while let place = backward.firstPlace(of: part, from: start) {
                places.append(count - place - part.count)
                start = place + part.count
            }
            return places.reversed()
        }
    }

    /// `split()` at white space.
    func words(limit: Int, fromEnd: Bool) -> [String] {
        var words: [String] = []
        var rest = unicodeScalars[...]
        while true {
            if fromEnd {
                while let last = rest.last, last.isPythonSpace { rest.removeLast() }
            } else {
                rest = rest.drop(while: \.isPythonSpace)
            }
            if rest.isEmpty { break }
            if limit >= 0, words.count == limit {
                words.append(String(Substring(rest)))
                break
            }
            if fromEnd {
                let start = rest.lastIndex(where: \.isPythonSpace).map { rest.index(after: $0) } ?? rest.startIndex
                words.append(String(Substring(rest[start...])))
                rest = rest[..<start]
            } else {
                let end = rest.firstIndex(where: \.isPythonSpace) ?? rest.endIndex
                words.append(String(Substring(rest[..<end])))
                rest = rest[end...]
            }
        }
        return fromEnd ? words.reversed() : words
    }

    /// `splitlines()`
    func lines(keepingEnds: Bool = false) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        var isOpen = false
        for scalar in unicodeScalars {
            if scalar == "\n", previous == "\r", !isOpen {
                if keepingEnds, !lines.isEmpty { lines[lines.count - 1].unicodeScalars.append("\n") }
            } else if scalar.endsPythonLine {
                if keepingEnds { line.append(scalar) }
                lines.append(String(line))
                line = .init()
                isOpen = false
            } else {
                line.append(scalar)
                isOpen = true
            }
            previous = scalar
        }
        return isOpen ? lines + [String(line)] : lines
    }

    /// `capitalize()`
    var capitalizedOnce: String {
        guard let first = unicodeScalars.first else { return "" }
        return first.properties.titlecaseMapping + String(unicodeScalars.dropFirst()).lowercased()
    }

    /// `title()`: the first letter after anything that has no case is upper, the others lower.
    var titled: String {
        var result = ""
        var isInWord = false
        for scalar in unicodeScalars {
            result += isInWord ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
            isInWord = scalar.properties.isCased
        }
        return result
    }

    /// Widened to so many scalars.
    func padded(to width: Int, with fill: Unicode.Scalar = " ", _ alignment: Alignment) -> String {
        let missing = width - unicodeScalars.count
        guard missing > 0 else { return self }
        let left =
            switch alignment {
            case .left: 0
            case .right: missing
            case .center: missing / 2
            case .centerAsPython: missing / 2 + (missing & width & 1)
            }
        return String(repeating: String(fill), count: left) + self
            + String(repeating: String(fill), count: missing - left)
    }

    enum Alignment {
        case left, right, center
        /// `str.center` puts the odd space to the left where the width is odd.
        case centerAsPython
    }
}

extension Unicode.Scalar {
    fileprivate var endsPythonLine: Bool {
        switch value {
        case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Where the part occurs first. Linear in the text, whatever it and the part are (Knuth, Morris and Pratt).
    func firstPlace(of part: [UInt8], from start: Int) -> Int? {
        guard let first = part.first, start + part.count <= count else { return nil }
        if part.count == 1 { return self[start...].firstIndex(of: first) }
        // For each beginning of the part, the length of the longest shorter one that it ends with.
        var shorter = [Int](repeating: 0, count: part.count)
        var matched = 0
        for index in 1..<part.count {
            while matched > 0, part[index] != part[matched] { matched = shorter[matched - 1] }
            if part[index] == part[matched] { matched += 1 }
            shorter[index] = matched
        }
        matched = 0
        for index in start..<count {
            while matched > 0, self[index] != part[matched] { matched = shorter[matched - 1] }
            if self[index] == part[matched] { matched += 1 }
            if matched == part.count { return index - matched + 1 }
        }
        return nil
    }
}
