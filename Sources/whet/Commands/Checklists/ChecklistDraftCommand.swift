import ArgumentParser
import Foundation
import WhetChecklists
import WhetCore
import WhetHTTP

struct ChecklistDraftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "draft", abstract: "Have a model draft checklists from reference dialogues, for a person to edit.",
        discussion: """
            Each line of the input is {"messages": [...], "tools": [...]} in OpenAI's form, with a "uuid" if it has a \
            name. The drafts go to the output, one of CM2's records a line, in the order of the input.
            """)

    @Option(name: .customLong("from"), help: "Dialogues, a JSON object a line.") var input: String
    @Option(help: "Where the drafts go; otherwise to standard output.") var to: String?
    @OptionGroup var options: JudgeOptions

    func run() async throws {
        let dialogues = try dialogues()
        let client = try HTTPClient()
        let drafter = try ChecklistDrafter(
            url: options.judge, model: try await options.modelName(client: client), client: client,
            settings: options.settings(maximumTokens: 16_384))
        let records = try await withThrowingTaskGroup(of: (Int, ChecklistRecord?).self) { group in
            for (index, record) in dialogues.enumerated() {
                group.addTask { (index, try await draft(record, index, drafter)) }
            }
            var records = [ChecklistRecord?](repeating: nil, count: dialogues.count)
            for try await (index, record) in group { records[index] = record }
            return records.compactMap(\.self)
        }
        let text = records.map { $0.json.text() + "\n" }.joined()
        if let to {
            try Data(text.utf8).write(to: URL(filePath: to), options: .atomic)
        } else {
            Output.text(text)
        }
        Output.complain("drafted \(records.count) of \(dialogues.count)")
        if records.count < dialogues.count { throw ExitCode(CommandRunner.Code.failure) }
    }

    /// nil, with the reason told, where there is no draft.
    private func draft(
        _ record: ChecklistRecord, _ index: Int, _ drafter: ChecklistDrafter
    ) async throws -> ChecklistRecord? {
        do {
            var record = record
            record.checklists = [
                try await drafter.draft(from: record.dialogue(), tools: record.tools, seed: UInt64(index))
            ]
            return record
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            Output.complain("\(record.id): \(error)")
            return nil
        }
    }

    private func dialogues() throws -> [ChecklistRecord] {
        let lines = try ChecklistCommand.data(of: input).split(separator: 0x0A, omittingEmptySubsequences: false)
        return try lines.enumerated().compactMap { index, line in
            guard line.contains(where: { !" \t\r".utf8.contains($0) }) else { return nil }
            do {
                let json = try JSONValue(parsing: Data(line))
                guard let messages = json["messages"]?.array else {
                    throw WhetError("the dialogue has no messages", expected: "{\"messages\": [...]}")
                }
                let record = ChecklistRecord(
                    id: json["uuid"]?.string ?? "dialogue \(index + 1)", messages: messages, tools: json["tools"] ?? [],
                    checklists: [], others: [:])
                _ = try record.dialogue()
                return record
            } catch var error as WhetError {
                error.place = "\(input):\(index + 1)"
                throw UsageError(error)
            }
        }
    }
}
