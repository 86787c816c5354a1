/// Where something stands in a file, or that it was given apart from one, as by `--set run.steps`.
public struct YAMLPlace: Hashable, Sendable, CustomStringConvertible {
    /// What errors call the file, or whatever else it was given by.
    public let source: String
    /// From 1; nil outside a file.
    public let line: Int?
    /// From 1, in Unicode scalars; nil outside a file.
    public let column: Int?

    public init(file: String, line: Int = 1, column: Int = 1) {
        source = file
        self.line = line
        self.column = column
    }

    public init(outsideFile source: String) {
        self.source = source
        line = nil
        column = nil
    }

    /// "recipe.yaml:3:7", or the source alone.
    public var description: String {
        if let line, let column { "\(source):\(line):\(column)" } else { source }
    }

    /// Within one file.
    public func isBefore(_ other: YAMLPlace) -> Bool {
        (line ?? .max, column ?? 0) < (other.line ?? .max, other.column ?? 0)
    }
}
