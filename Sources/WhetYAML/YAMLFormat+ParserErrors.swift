import WhetCore
internal import Yams

extension YAMLFormat {
    /// What the YAML parser says, with its line, and in our words where its own help nobody.
    func mistake(_ error: any Error, in text: String, file: String) -> YAMLMistake {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            // The end of the text may be reported beyond its last line.
            let line = min(mark.line, lines.count)
            if lines[line - 1].prefix(while: \.isWhitespace).contains("\t") {
                return YAMLMistake(
                    "a tab indents this line", at: YAMLPlace(file: file, line: line), expected: words.indentation)
            }
            let around = context.map { "\($0.text) from line \($0.mark.line): " } ?? ""
            return YAMLMistake(
                "this is not YAML: \(around)\(problem)", at: YAMLPlace(file: file, line: line, column: mark.column),
                remedy: problem.contains("mapping values") ? "quotes round a text that has a colon, or |" : nil)
        case .composer(_, let problem, let mark, _):
            let place = YAMLPlace(file: file, line: mark.line, column: mark.column)
            return problem.contains("another document")
                ? YAMLMistake(
                    "the file holds a second YAML document", at: place, expected: "one \(words.kind) a file")
                : YAMLMistake("this is not YAML: \(problem)", at: place)
        case .duplicatedKeysInMapping(let names, let context):
            let name = names.first ?? ""
            // The next line that has the key in the same column.
            let again = lines.indices.dropFirst(context.mark.line).first {
                lines[$0].dropFirst(context.mark.column - 1).hasPrefix("\(name):")
            }
            return YAMLMistake(
                "the key is there twice in one mapping", key: name,
                at: YAMLPlace(
                    file: file, line: again.map { $0 + 1 } ?? context.mark.line, column: context.mark.column),
                expected: "each key once")
        case .reader(let problem, let offset, _, let yaml):
            let line = 1 + yaml.prefix(offset ?? 0).count { $0 == "\n" }
            return YAMLMistake("the file is not text: \(problem)", at: YAMLPlace(file: file, line: line))
        default: return YAMLMistake("this is not YAML: \(error)", at: YAMLPlace(file: file))
        }
    }
}
