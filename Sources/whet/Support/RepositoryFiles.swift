import Foundation

/// Files of whet's own repository that it needs while it runs.
enum RepositoryFiles {
    /// The file or folder at `path` of the repository: looked for from `folder` upward, from the current one, and from
    /// where the program is.
    static func find(_ path: String, near folder: URL? = nil) -> URL? {
        let program = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let current = URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
        return [folder?.absoluteURL, current, program].compactMap(\.self).flatMap(\.andAllAbove)
            .map { $0.appending(path: path) }.first { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// The folder `scripts`, which has the bridges.
    static var scripts: URL? { find("scripts/bridges")?.deletingLastPathComponent() }

    /// The PyTorch trainer.
    static var torchTrainer: URL? { find("trainers/torch/whet_torch")?.deletingLastPathComponent() }
}

extension URL {
    fileprivate var andAllAbove: [URL] {
        var places = [standardizedFileURL]
        while let last = places.last, last.path != "/", places.count < 32 {
            places.append(last.deletingLastPathComponent())
        }
        return places
    }
}
