/// Cuts a stream of bytes into lines.
///
/// Keeps: no line longer than `limit` is held.
package struct LineReader {
    package struct TooLong: Error {}

    let limit: Int
    private var rest: [UInt8] = []

    package init(limit: Int) { self.limit = limit }

    /// - Returns: the lines that these bytes finish, without their ends.
    package mutating func lines(with bytes: [UInt8]) throws(TooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            guard rest.count + end - start <= limit else { throw TooLong() }
            lines.append(rest + bytes[start..<end])
            rest = []
            start = end + 1
        }
        guard rest.count + bytes.count - start <= limit else { throw TooLong() }
        rest += bytes[start...]
        return lines
    }
}
