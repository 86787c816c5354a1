/// The words of a command line, before the argument parser sees them.
enum CommandWords {
    /// "--level -1" as "--level=-1": the parser would take a negative number for an option, and call the value missing.
    static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
        var words: [String] = []
        for argument in arguments {
            if let last = words.last, last.count > 2, last.hasPrefix("--"), !last.contains("="), !words.contains("--"),
                isNegativeNumber(argument)
            {
                words[words.count - 1] = "\(last)=\(argument)"
            } else {
                words.append(argument)
            }
        }
        return words
    }

    private static func isNegativeNumber(_ word: String) -> Bool {
        guard word.first == "-", let digit = word.dropFirst().first else { return false }
        return digit.isASCII && (digit.isNumber || digit == ".")
    }
}
