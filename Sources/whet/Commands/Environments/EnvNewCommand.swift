import ArgumentParser
import Foundation
import WhetCore

struct EnvNewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write a working start of an environment, with a test.",
        discussion: """
            yaml: a file and a dataset, no program. swift: one file for WhetGym and its test. process: a Python \
            program and its test; any language can do the same. No file is written over.
            """)

    enum Kind: String, CaseIterable, ExpressibleByArgument { case yaml, swift, process }

    @Argument(help: "What recipes will call it: words-with-hyphens; for Swift, a type's name.") var name: String
    @Option(help: ArgumentHelp("How it is defined.", valueName: "yaml|swift|process")) var kind: Kind
    @Option(help: "The folder to write into; for Swift, whet's repository.") var directory = "."

    func validate() throws {
        let isRight =
            switch kind {
            case .swift: name.wholeMatch(of: /[A-Z][A-Za-z0-9_]*/) != nil
            case .yaml, .process: name.wholeMatch(of: /[a-z][a-z0-9]*(-[a-z0-9]+)*/) != nil
            }
        guard isRight else {
            let expected =
                kind == .swift ? "a type's name, such as WordLadder" : "words in lower case, such as word-ladder"
            throw ValidationError("\"\(name)\" is not possible as a name of this kind; expected \(expected)")
        }
    }

    func run() throws {
        let folder = URL(filePath: directory, directoryHint: .isDirectory)
        let start = try start(in: folder)
        for file in start.files {
            let url = folder.appending(path: file.path)
            guard !FileManager.default.fileExists(atPath: url.path) else {
                throw WhetError(
                    "there is such a file already", at: url.relativePath, remedy: "take another name, or move it away")
            }
        }
        for file in start.files {
            let url = folder.appending(path: file.path)
            do {
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(file.text.utf8).write(to: url, options: .withoutOverwriting)
            } catch {
                throw WhetError("the file cannot be written", at: url.relativePath, because: error)
            }
            Output.line(file.path)
        }
        for line in start.next { Output.complain(line) }
    }

    private func start(in folder: URL) throws -> EnvironmentStart {
        switch kind {
        case .yaml: return .yaml(name)
        case .swift: return .swift(name)
        case .process:
            guard let helper = PythonHelper.text(near: folder) else {
                throw WhetError(
                    "a Python environment needs whet's scripts/\(PythonHelper.fileName), which is not here",
                    at: folder.path, expected: "a folder in whet's repository, or the file itself there",
                    remedy: "copy \(PythonHelper.fileName) there and say it again")
            }
            return .process(name, helper: helper)
        }
    }
}

/// Files to write, and what to do then.
struct EnvironmentStart {
    /// Relative to the folder that was named.
    let files: [(path: String, text: String)]
    /// For a person, a line each.
    let next: [String]
}

/// whet's own Python file that speaks the protocol of environments.
enum PythonHelper {
    static let fileName = "whet_environment.py"

    /// Looked for in the folder, and in whet's repository.
    static func text(near folder: URL) -> String? {
        [folder.appending(path: fileName), RepositoryFiles.find("scripts/\(fileName)", near: folder)].lazy
            .compactMap(\.self).compactMap { try? String(contentsOf: $0, encoding: .utf8) }.first
    }
}
