import WhetCore

/// Plain searches in untrusted text, byte by byte: linear, and blind to how Unicode combines characters.
extension String {
    /// Without white space at both ends.
    var trimmed: String { Answer(self).text }

    /// What follows the last `marker`; nil if there is none.
    func text(afterLast marker: String) -> Substring? {
        utf8.lastPlace(of: marker.utf8).map { self[$0.upperBound...] }
    }

    /// What stands in the last `<name>…</name>`; tags are paired from the front, as `Answer` does.
    func text(inLastTag name: String) -> String? {
        if name == "answer" { return Answer(lastIn: self)?.text }
        return lastText(between: "<\(name)>", and: "</\(name)>").map { String(Substring($0)).trimmed }
    }

    /// What stands in the last pair of marks, paired from the front; nil if there is no pair.
    func lastText(between open: String, and close: String) -> Substring.UTF8View? {
        var rest = utf8[...]
        var found: Substring.UTF8View?
        while let start = rest.firstPlace(of: open.utf8),
            let end = rest[start.upperBound...].firstPlace(of: close.utf8)
        {
            found = rest[start.upperBound..<end.lowerBound]
            rest = rest[end.upperBound...]
        }
        return found
    }

    /// Whether `<…>` round it is a tag.
    var isTagName: Bool { !isEmpty && !utf8.contains { "<>/ \n".utf8.contains($0) } }

    /// The text in quotation marks, cut to what fits a reason.
    var excerpt: String {
        let limit = 60
        let start = unicodeScalars.prefix(limit + 1)
        guard start.count > limit else { return "\"\(self)\"" }
        return "\"\(String(String.UnicodeScalarView(start.prefix(limit))))…\""
    }
}

extension Collection where Element == UInt8 {
    /// The first place where `pattern` stands; nil for an empty pattern.
    func firstPlace(of pattern: some Collection<UInt8>) -> Range<Index>? {
        guard let first = pattern.first else { return nil }
        var start = startIndex
        while let candidate = self[start...].firstIndex(of: first) {
            if let end = self[candidate...].end(ofPrefix: pattern) { return candidate..<end }
            start = index(after: candidate)
        }
        return nil
    }

    fileprivate func end(ofPrefix pattern: some Collection<UInt8>) -> Index? {
        var position = startIndex
        for byte in pattern {
            guard position < endIndex, self[position] == byte else { return nil }
            formIndex(after: &position)
        }
        return position
    }
}

extension BidirectionalCollection where Element == UInt8 {
    func lastPlace(of pattern: some Collection<UInt8>) -> Range<Index>? {
        guard !pattern.isEmpty else { return nil }
        var start = endIndex
        while start > startIndex {
            formIndex(before: &start)
            if let end = self[start...].end(ofPrefix: pattern) { return start..<end }
        }
        return nil
    }
}
