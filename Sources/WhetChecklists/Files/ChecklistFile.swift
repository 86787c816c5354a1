import Foundation
import WhetCore

/// A file of checklists, whichever of the two forms it has.
public enum ChecklistFile: Hashable, Sendable {
    /// A person's, in YAML.
    case checklist(Checklist)
    /// CM2's, in JSON or JSON lines.
    case records([ChecklistRecord])

    /// Reads and checks a file by what its name ends in: .yaml, .yml, .json, .jsonl.
    ///
    /// - Throws: `ChecklistError` with every mistake.
    public init(_ url: URL) throws(ChecklistError) {
        let file = url.relativePath
        let data: Data
        do { data = try Data(contentsOf: url) } catch {
            throw ChecklistError([
                WhetError(
                    "the file cannot be read: \(error.localizedDescription)", at: file,
                    remedy: "look at its path and permissions")
            ])
        }
        switch url.pathExtension.lowercased() {
        case "yaml", "yml": self = .checklist(try Checklist(yaml: data, file: file))
        case "json", "jsonl": self = .records(try ChecklistRecord.records(json: data, file: file))
        default:
            throw ChecklistError([
                WhetError(
                    "nobody can tell what kind of file this is", at: file,
                    expected: "a name that ends in .yaml, .json or .jsonl")
            ])
        }
    }

    /// All the checklists in it.
    public var checklists: [Checklist] {
        switch self {
        case .checklist(let checklist): [checklist]
        case .records(let records): records.flatMap(\.checklists)
        }
    }
}
