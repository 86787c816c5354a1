import Foundation
import WhetCore

/// The environments that a folder's YAML files define.
public enum DeclaredEnvironments {
    /// One file, checked but for its dataset, which is read only when the environment is made.
    struct File: Sendable {
        let url: URL
        /// What recipes call it: the file's own name where its text cannot be read.
        let name: String
        let summary: String
        /// nil where only the program tells.
        let maximumLevel: Int?
        let hasDemonstrations: Bool
        /// What is wrong with it; nil: nothing that shows without its dataset, its program or its server.
        let error: DeclarationError?
        private let content: DeclaredContent?

        init(_ url: URL, catalog: VerifierCatalog = .standard) {
            self.url = url
            do {
                let content = try DeclaredContent(file: url, catalog: catalog)
                self.content = content
                error = nil
            } catch {
                content = nil
                self.error =
                    error as? DeclarationError ?? DeclarationError([WhetError("\(error)", at: url.relativePath)])
            }
            name = content?.name ?? url.deletingPathExtension().lastPathComponent
            summary = content?.summary ?? ""
            maximumLevel = content.map(\.maximumLevel) ?? 0
            hasDemonstrations = content?.hasDemonstrations ?? false
        }

        /// - Parameters:
        ///   - options: for a program or a server.
        ///   - resources: what closes them.
        /// - Throws: `DeclarationError` with all that is wrong with the file or its dataset.
        func environment(
            options: JSONObject = EnvironmentOptions.noneGiven,
            _ resources: EnvironmentResources = EnvironmentResources()
        ) throws -> any Environment {
            guard let content else { throw error ?? DeclarationError([]) }
            return try content.environment(options: options, resources)
        }

        /// What the catalog holds. A file with mistakes has an entry too, which tells them when it is used.
        func entry(_ resources: EnvironmentResources = EnvironmentResources()) -> EnvironmentCatalog.Entry {
            let entry = EnvironmentCatalog.Entry(
                name, options: content?.options ?? [], summary: summary, maximumLevel: maximumLevel,
                hasDemonstrations: hasDemonstrations,
                claims: EnvironmentClaims(rewards: content?.rewards)
            ) { [self] in try environment(options: $0.given, resources) }
            return content?.isExternal == true ? entry.opened() : entry
        }
    }

    /// The `.yaml` and `.yml` files that lie in `directory` itself, by name; none where there is no such folder.
    ///
    /// - Throws: `WhetError` where the folder cannot be read or two files define one name.
    static func files(in directory: URL, catalog: VerifierCatalog = .standard) throws -> [File] {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: directory.path, isDirectory: &isFolder) else { return [] }
        guard isFolder.boolValue else {
            throw WhetError("this is no folder", at: directory.relativePath, expected: "a folder of YAML files")
        }
        let names: [String]
        do { names = try manager.contentsOfDirectory(atPath: directory.path).sorted() } catch {
            throw WhetError("the folder cannot be read", at: directory.relativePath, because: error)
        }
        // Editors leave hidden files beside those that they edit.
        let files = names.filter { !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) }
            .map { File(directory.appending(path: $0), catalog: catalog) }
        var seen: [String: File] = [:]
        for file in files {
            if let other = seen.updateValue(file, forKey: file.name) {
                throw WhetError(
                    "two files define the environment \"\(file.name)\"", at: file.url.relativePath,
                    expected: "another name than in \(other.url.relativePath)")
            }
        }
        return files
    }

    /// Entries for the catalog that recipes name environments from.
    ///
    /// - Parameter resources: what closes the programs and the connections to servers.
    /// - Throws: as `files(in:)`. What is wrong with a file is thrown when its environment is made.
    public static func catalogEntries(
        in directory: URL, catalog: VerifierCatalog = .standard,
        resources: EnvironmentResources = EnvironmentResources()
    ) throws -> [EnvironmentCatalog.Entry] {
        try files(in: directory, catalog: catalog).map { $0.entry(resources) }
    }
}
