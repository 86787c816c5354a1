import WhetEnvironments

/// Answers that are a list of commands: a line each, a word and whole numbers.
extension Answer {
    /// Calls `body` with the lines that are not empty; nil if one has something but numbers after its word.
    func withCommands<Result>(
        _ body: ([(word: Slice<UnsafeBufferPointer<UInt8>>, numbers: [Int])]) -> Result?
    ) -> Result? {
        withPlainBytes { bytes in
            var commands: [(word: Slice<UnsafeBufferPointer<UInt8>>, numbers: [Int])] = []
            for line in bytes.lines {
                guard let start = bytes[line].firstIndex(where: { !$0.isWhiteSpace }) else { continue }
                let end = bytes[start..<line.upperBound].firstIndex(where: \.isWhiteSpace) ?? line.upperBound
                var reader = IntegerReader(UnsafeBufferPointer(rebasing: bytes[end..<line.upperBound]))
                var numbers: [Int] = []
                while !reader.isAtEnd {
                    guard let number: Int = reader.next() else { return nil }
                    numbers.append(number)
                }
                commands.append((bytes[start..<end], numbers))
            }
            return body(commands)
        }
    }
}
