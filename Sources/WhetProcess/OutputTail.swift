/// The end of what a program wrote, for messages about it.
///
/// Keeps: at most `limit` bytes, however much there was.
package struct OutputTail {
    let limit: Int
    private var bytes: [UInt8] = []

    package init(limit: Int = 2048) { self.limit = limit }

    package mutating func append(_ more: [UInt8]) {
        bytes += more.suffix(limit)
        if bytes.count > 2 * limit { bytes.removeFirst(bytes.count - limit) }
    }

    /// The last lines, at most `count` of them; nil when nothing was written.
    package func lastLines(_ count: Int = 8) -> String? {
        let lines = String(decoding: bytes.suffix(limit), as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.isEmpty ? nil : lines.suffix(count).joined(separator: "\n")
    }
}
