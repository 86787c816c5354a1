extension String {
    /// What the last `\boxed{…}` holds, white space cut off; nil if there is none.
    var lastBoxed: String? { lastBox.map { String(self[$0.content]).trimmed } }

    /// Where the last `\boxed{…}` (or `\fbox{…}`) whose braces balance stands; nil if there is none.
    ///
    /// One pass from the front: an open box that is never closed hides nothing, and of nested boxes the outer counts.
    /// Braces written `\{` and `\}` do not count.
    var lastBox: (whole: Range<Index>, content: Range<Index>)? {
        let bytes = Array(utf8)
        /// For each open brace: the box that it begins, or nil for other braces.
        var open: [(start: Int, content: Int)?] = []
        var found: (start: Int, content: Range<Int>)?
        var position = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\\"):
                if let content = bytes.boxContent(at: position) {
                    open.append((position, content))
                    position = content
                } else {
                    position += 2
                }
                continue
            case UInt8(ascii: "{"): open.append(nil)
            case UInt8(ascii: "}"):
                if let box = open.popLast() ?? nil { found = (box.start, box.content..<position) }
            default: break
            }
            position += 1
        }
        func index(_ byte: Int) -> Index { utf8.index(startIndex, offsetBy: byte) }
        return found.map { box in
            (
                whole: index(box.start)..<index(box.content.upperBound + 1),
                content: index(box.content.lowerBound)..<index(box.content.upperBound)
            )
        }
    }
}

extension [UInt8] {
    /// Where the content of a box starts whose backslash stands at `position`; nil if there is no box.
    fileprivate func boxContent(at position: Int) -> Int? {
        for name in ["\\boxed", "\\fbox"] where self[position...].starts(with: name.utf8) {
            var next = position + name.utf8.count
            while next < count, self[next].isWhiteSpace { next += 1 }
            if next < count, self[next] == UInt8(ascii: "{") { return next + 1 }
        }
        return nil
    }
}
