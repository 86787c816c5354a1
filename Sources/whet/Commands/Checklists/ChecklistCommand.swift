import ArgumentParser
import Foundation
import WhetChecklists
import WhetCore

struct ChecklistCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checklist", abstract: "Checklists that dialogues are judged by: check, draft, calibrate.",
        subcommands: [ChecklistCheckCommand.self, ChecklistDraftCommand.self, ChecklistCalibrateCommand.self])

    /// - Throws: exit code 2, with every mistake told, where a file is wrong.
    static func read<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as ChecklistError {
            Output.complain("\(error)")
            throw ExitCode(CommandRunner.Code.usage)
        }
    }

    /// - Throws: exit code 2 where there is no such file.
    static func data(of path: String) throws -> Data {
        do { return try Data(contentsOf: URL(filePath: path)) } catch {
            throw UsageError(WhetError("the file cannot be read: \(error.localizedDescription)", at: path))
        }
    }
}

struct ChecklistCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Read checklists and say everything that is wrong with them.",
        discussion: """
            Circles of dependences, weights that do not sum to 1, items that can never be met, ids that are there twice: \
            each with its line and what to do. Exit code 2 if there are any.
            """)

    @Argument(help: "Files: .yaml (a person's), .json or .jsonl (CM2's annotated dialogues).") var files: [String]

    func run() throws {
        var isRight = true
        for path in files {
            do {
                let checklists = try ChecklistFile(URL(filePath: path)).checklists
                let turns = checklists.reduce(0) { $0 + $1.turns.count }
                let items = checklists.flatMap(\.turns).flatMap(\.items)
                let checked = items.count { $0.check != nil }
                Output.line(
                    "\(path): right: checklists \(checklists.count), turns \(turns), items \(items.count), "
                        + "of these checked by code \(checked)")
            } catch {
                isRight = false
                Output.complain("\(error)")
            }
        }
        if !isRight { throw ExitCode(CommandRunner.Code.usage) }
    }
}
