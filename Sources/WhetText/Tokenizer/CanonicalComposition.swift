import Foundation

/// Normalization form C: marks in their order, letters composed with them.
///
/// Foundation's own has faults in Swift 6.3 (U+10041 with U+0301 becomes Á; U+0344 U+0F73 stays out of order) and
/// knows other characters than the models' tokenizers did, so only its decomposition of single scalars is used here.
///
/// Keeps: the result is that of the `tokenizers` library, whose tables are those of Unicode 9: a character of a later
/// version is left where it is.
///
/// Source: The Unicode Standard, section 3.11; for Hangul 3.12.
enum CanonicalComposition {
    private static let newest = 9

    /// What the algorithm must know of the scalars.
    private struct Tables: Sendable {
        var decompositions: [Unicode.Scalar: [Unicode.Scalar]] = [:]
        var compositions: [UInt64: Unicode.Scalar] = [:]
        /// Scalars that may change, move or compose with what is before them.
        var active: ScalarBitmap
    }

    private static let tables: Tables = {
        var decompositions: [Unicode.Scalar: [Unicode.Scalar]] = [:]
        var whole: [String: Unicode.Scalar] = [:]
        for range: ClosedRange<UInt32> in [0xC0...0x30FF, 0xF900...0xFB4F, 0x11000...0x1D1FF, 0x2F800...0x2FA1F] {
            for scalar in range.lazy.compactMap(Unicode.Scalar.init) where isOld(scalar) {
                let parts = Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars)
                guard parts != [scalar] else { continue }
                decompositions[scalar] = parts
                if String(scalar).precomposedStringWithCanonicalMapping.unicodeScalars.elementsEqual([scalar]) {
                    whole[key(parts)] = scalar
                }
            }
        }
        var compositions: [UInt64: Unicode.Scalar] = [:]
        var active: [ClosedRange<UInt32>] = [0x1161...0x1175, 0x11A8...0x11C2]  // the second parts of Hangul syllables
        for (scalar, parts) in decompositions {
            guard whole[key(parts)] == scalar, let last = parts.last else {
                active.append(scalar.value...scalar.value)
                continue
            }
            let start = parts.dropLast()
            guard let first = start.count == 1 ? start.first : whole[key(Array(start))] else { continue }
            compositions[pair(first, last)] = scalar
            active.append(last.value...last.value)
        }
        for range in UnicodeClasses.named("M")?.ranges ?? [] {
            active += range.filter { Unicode.Scalar($0).map { combiningClass($0) > 0 } ?? false }.map { $0...$0 }
        }
        return Tables(
            decompositions: decompositions, compositions: compositions, active: ScalarBitmap(ScalarSet(active)))
    }()

    private static func isOld(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.age.map { $0.major <= newest } ?? false
    }

    private static func combiningClass(_ scalar: Unicode.Scalar) -> UInt8 {
        let value = scalar.properties.canonicalCombiningClass.rawValue
        return value > 0 && isOld(scalar) ? value : 0
    }

    /// A text of its own for parts that Swift would take for equal to others.
    private static func key(_ scalars: [Unicode.Scalar]) -> String {
        scalars.map { String($0.value) }.joined(separator: " ")
    }

    private static func pair(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> UInt64 {
        UInt64(first.value) << 32 | UInt64(second.value)
    }

    /// The composed text as UTF-8; nil where nothing can change, as in most text.
    static func composed(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        // Nothing below U+0300 changes or composes with what is before it.
        guard text.contains(where: { $0 >= 0xCC }), mayChange(text) else { return nil }
        return Array(composed(String(decoding: text, as: UTF8.self)).utf8)
    }

    private static func mayChange(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let active = tables.active
        var position = 0
        while position < text.count {
            let (scalar, next) = text.scalar(at: position)
            if scalar >= 0x300, active.contains(scalar) { return true }
            position = next
        }
        return false
    }

    static func composed(_ text: String) -> String {
        let tables = tables
        var scalars: [(scalar: Unicode.Scalar, order: UInt8)] = []
        for scalar in text.unicodeScalars {
            for part in decomposition(of: scalar, tables) { scalars.append((part, combiningClass(part))) }
        }
        order(&scalars)
        return compose(scalars, tables)
    }

    private static func decomposition(of scalar: Unicode.Scalar, _ tables: Tables) -> [Unicode.Scalar] {
        if let parts = tables.decompositions[scalar] { return parts }
        guard (0xAC00...0xD7A3).contains(scalar.value) else { return [scalar] }
        let index = scalar.value - 0xAC00
        let parts = [0x1100 + index / 588, 0x1161 + index % 588 / 28, 0x11A7 + index % 28]
        return parts.prefix(index % 28 == 0 ? 2 : 3).compactMap(Unicode.Scalar.init)
    }

    /// Puts each run of marks in the order of their classes, those of one class as they were.
    private static func order(_ scalars: inout [(scalar: Unicode.Scalar, order: UInt8)]) {
        var start = 0
        while start < scalars.count {
            var end = start
            while end < scalars.count, scalars[end].order > 0 { end += 1 }
            if end - start > 1 {
                let run = scalars[start..<end].enumerated().sorted { left, right in
                    (left.element.order, left.offset) < (right.element.order, right.offset)
                }
                scalars.replaceSubrange(start..<end, with: run.map(\.element))
            }
            start = end + 1
        }
    }

    /// Joins each starter with the marks and starters after it that nothing separates from it.
    private static func compose(_ scalars: [(scalar: Unicode.Scalar, order: UInt8)], _ tables: Tables) -> String {
        var result: [Unicode.Scalar] = []
        var starter: Int?
        var lastOrder: UInt8 = 0
        for (scalar, order) in scalars {
            let isAdjacent = starter == result.count - 1
            if let place = starter, isAdjacent || lastOrder < order,
                let joined = join(result[place], scalar, tables)
            {
                result[place] = joined
                continue
            }
            if order == 0 { starter = result.count }
            lastOrder = order
            result.append(scalar)
        }
        return String(result)
    }

    private static func join(_ first: Unicode.Scalar, _ second: Unicode.Scalar, _ tables: Tables) -> Unicode.Scalar? {
        let (one, another) = (first.value, second.value)
        if (0x1100...0x1112).contains(one), (0x1161...0x1175).contains(another) {
            return Unicode.Scalar(0xAC00 + (one - 0x1100) * 588 + (another - 0x1161) * 28)
        }
        if (0xAC00...0xD7A3).contains(one), (one - 0xAC00) % 28 == 0, (0x11A8...0x11C2).contains(another) {
            return Unicode.Scalar(one + another - 0x11A7)
        }
        return tables.compositions[pair(first, second)]
    }
}
