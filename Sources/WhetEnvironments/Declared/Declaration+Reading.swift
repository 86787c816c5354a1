import Foundation
import WhetCore
import WhetYAML

extension Declaration {
    /// Reads and checks a file, but not its dataset.
    ///
    /// - Throws: `DeclarationError` with every mistake.
    init(file: URL, catalog: VerifierCatalog) throws {
        try self.init(yaml: Self.data(of: file), file: file, shown: file.relativePath, catalog: catalog)
    }

    /// - Throws: `DeclarationError` where the file cannot be read.
    static func data(of file: URL) throws -> Data {
        do { return try YAMLFormat.data(of: file) } catch {
            throw DeclarationError([
                WhetError("the file cannot be read", at: file.relativePath, because: error)
            ])
        }
    }

    /// - Parameters:
    ///   - file: where it was; a dataset's path counts from there.
    ///   - shown: what errors call it.
    init(yaml: Data, file: URL, shown: String, catalog: VerifierCatalog) throws {
        try self.init(try Self.tree(of: yaml, shown: shown), file: file, shown: shown, catalog: catalog)
    }

    static func tree(of yaml: Data, shown: String) throws -> YAMLTree {
        do { return try YAMLFormat.environment.tree(of: yaml, file: shown) } catch {
            throw DeclarationError([error.error])
        }
    }

    init(_ tree: YAMLTree, file: URL, shown: String, catalog: VerifierCatalog) throws {
        let mistakes = YAMLMistakes(file: shown)
        guard let section = YAMLSection(tree, "", keys: DeclarationSchema.environment, mistakes) else {
            try mistakes.throwIfAny()
            throw DeclarationError([])
        }
        let reader = DeclarationReader(section: section, file: file, catalog: catalog)
        let declaration = reader.declaration()
        try mistakes.throwIfAny()
        guard let declaration else { throw DeclarationError([WhetError("the file cannot be used", at: shown)]) }
        self = declaration
    }
}
