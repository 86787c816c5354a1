import Foundation
import WhetCore
import WhetYAML

/// Reads one JSON object a line; lines of nothing but white space are skipped.
enum JSONLinesReading {
    static func rows(of data: Data, _ mistakes: inout RowMistakes) -> [DatasetRow] {
        var rows: [DatasetRow] = []
        var line = 0
        // A byte order mark at the beginning belongs to no row.
        let data = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
        data.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                line += 1
                let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
                let length = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count
                read(UnsafeRawBufferPointer(rebasing: rest[..<length]), line, &rows, &mistakes)
                start += length + 1
            }
        }
        return rows
    }

    private static func read(
        _ text: UnsafeRawBufferPointer, _ line: Int, _ rows: inout [DatasetRow], _ mistakes: inout RowMistakes
    ) {
        guard text.contains(where: { $0 > 0x20 }) else { return }
        do {
            let value = try JSONValue(parsing: text)
            guard let fields = value.object else {
                return mistakes.note("the row is \(value.inWords)", line: line, expected: "a JSON object")
            }
            rows.append(DatasetRow(line: line, fields: fields))
        } catch {
            mistakes.note((error as? WhetError)?.problem ?? "\(error)", line: line, expected: "one JSON object a line")
        }
    }
}
