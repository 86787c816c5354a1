import Foundation
import WhetCore
import WhetYAML

/// How a dataset's file is written.
enum DatasetFormat: String, CaseIterable, Sendable {
    /// One JSON object a line.
    case jsonLines = "jsonl"
    /// RFC 4180: comma-separated, a header, quoted fields may hold line breaks.
    case csv
    /// The same with tabs.
    case tsv
    /// A database and a query.
    case sqlite

    init?(pathExtension: String) {
        switch pathExtension.lowercased() {
        case "jsonl", "ndjson": self = .jsonLines
        case "csv": self = .csv
        case "tsv": self = .tsv
        case "sqlite", "sqlite3", "db": self = .sqlite
        default: return nil
        }
    }
}

/// What an environment's file says of its dataset.
struct DatasetDeclaration: Sendable {
    let file: URL
    /// What errors call it.
    let shownPath: String
    let format: DatasetFormat
    /// For a database.
    let query: String?
    /// The fields of a problem and the columns (or paths within them) that they come from; empty: every column.
    let fields: [(name: String, column: FieldPath)]
    let types: [String: DatasetColumnType]
    /// Fields that a row may lack; they are null then.
    let optional: Set<String>
    /// The column that says how hard a row is: a level's number or name.
    let level: FieldPath?
    /// Which rows are used at all.
    let filter: DeclaredExpression?
    /// Where the file is named in the YAML.
    let place: YAMLPlace
}
