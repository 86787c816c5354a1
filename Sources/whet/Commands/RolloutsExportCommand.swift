import ArgumentParser
import Foundation
import WhetCore
import WhetStore
import WhetTraining

struct RolloutsExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write rollouts for other programs: records, chats, preferences, batches.",
        discussion: """
            jsonl: all that is stored of each rollout. chat: conversations to imitate, the best of each group. \
            preferences: the best and the worst of each group. tokens: a folder with the batches that the steps trained \
            on. What is left out is counted on standard error. docs/export.md tells every member.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case jsonl, chat, preferences, tokens
    }

    @Argument(help: ArgumentHelp("A run's id, \"last\", or \"all\"; the same as --run.", valueName: "run-id"))
    var name: String?
    @Option(help: "jsonl, chat, preferences or tokens.") var format = Format.jsonl
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file to write (tokens: the folder); \"-\" is standard output.", valueName: "file"))
    var output: String?
    @Flag(help: "Replace what is there.") var force = false
    @OptionGroup var filter: RolloutFilterOptions
    @OptionGroup var details: ExportOptions
    @OptionGroup var home: HomeOptions

    func validate() throws {
        try details.check(format)
        let chooses =
            filter.purpose != nil || filter.status != nil || filter.environment != nil || filter.level != nil
            || filter.solved != nil
        guard format != .tokens || !chooses else {
            throw ValidationError("a batch is whole: --format tokens knows --run and --step alone")
        }
    }

    func run() async throws {
        let store = try home.openStore()
        let (rollouts, run) = try await chosen(in: store)
        let work = Task {
            switch format {
            case .tokens: try await writeBatches(of: run, in: store)
            default: try await writeLines(rollouts, of: store)
            }
        }
        // A file half written goes when the work ends, so Ctrl-C ends the work and not the program.
        let signals = InterruptSignals { work.cancel() }
        defer { withExtendedLifetime(signals) {} }
        try await work.value
    }

    /// - Returns: the filter, and the one run that it names, if it names one.
    private func chosen(in store: RolloutStore) async throws -> (filter: RolloutFilter, run: String?) {
        var options = filter
        if let name {
            guard options.run == "last" || options.run == name else {
                throw UsageError(
                    WhetError("\(name) and --run \(options.run) are two runs", expected: "one of the two, or all"))
            }
            options.run = name
        }
        var chosen = try await options.filter(in: store)
        chosen.rewards = details.rewards
        return (chosen, chosen.run)
    }

    private func writeLines(_ rollouts: RolloutFilter, of store: RolloutStore) async throws {
        let destination = try ExportDestination(output, replaces: force)
        let export = RolloutExport(form(in: store), isUnique: details.unique, limit: details.limit)
        let report = try await export.write(rollouts, of: store) { try destination.write($0) }
        try destination.finish()
        guard !destination.isAbandoned else { return }
        Output.complain(summary(report, destination))
    }

    private func form(in store: RolloutStore) -> any ExportForm {
        let takesAnyStatus = filter.status != nil
        let conversation = ConversationForm(
            thoughts: details.thinking, arguments: details.arguments, calls: details.calls,
            callsApart: StoredCalls(of: store).callsApart)
        switch format {
        case .chat:
            let perGroup = details.perGroup ?? (details.minimumReward == nil ? 1 : nil)
            return ChatExamples(conversation, perGroup: perGroup, takesAnyStatus: takesAnyStatus)
        case .preferences:
            let bounds = PreferencePairs.Bounds(
                chosen: details.minimumReward, rejected: details.maximumReward, margin: details.margin,
                isSolved: filter.solved)
            return PreferencePairs(conversation, bounds: bounds, takesAnyStatus: takesAnyStatus)
        case .jsonl, .tokens: return RolloutRecords(arguments: details.arguments, hasTokens: details.tokens)
        }
    }

    private func summary(_ report: ExportReport, _ destination: ExportDestination) -> String {
        let things =
            switch format {
            case .preferences: report.written == 1 ? "pair" : "pairs"
            case .jsonl, .chat, .tokens: report.written == 1 ? "rollout" : "rollouts"
            }
        var text = "\(report.written) \(things) exported" + (destination.name.map { " to \($0)" } ?? "")
        if format == .chat, report.unsolved > 0 {
            text += ", \(report.unsolved) of them not solved (--solved leaves those out)"
        }
        if let omissions = report.omissions { text += "; left out: \(omissions)" }
        if report.written == 0, report.omissions == nil {
            text += ": no rollouts are so; `whet rollouts stats --by environment` (or level, status, step) counts them"
        }
        return text
    }

    private func writeBatches(of run: String?, in store: RolloutStore) async throws {
        guard let run else { throw UsageError(WhetError("the batches are those of one run", at: "--run all")) }
        let place = output ?? "\(run)-batches"
        guard place != "-" else {
            throw UsageError(
                WhetError("batches are a folder, and standard output is none", at: "--output -", expected: "a folder"))
        }
        let folder: BatchFolder
        do { folder = try BatchFolder(URL(filePath: place), replaces: force) } catch let error as WhetError {
            throw UsageError(error)
        }
        let recipe = try Recipe(of: try await store.run(run), readBy: WhetVersion.current)
        let batches = try await StepBatches(of: run, recipe: recipe, store: store, steps: filter.step?.range)
        let amount = try await folder.write(batches, of: run)
        var text = "\(amount.batches) \(amount.batches == 1 ? "batch" : "batches") exported to \(place): "
        text += "\(amount.sequences) sequences of \(amount.tokens) tokens, \(amount.trainedTokens) of them trained"
        Output.complain(([text] + batches.notices).joined(separator: "\n"))
    }
}

/// What an export writes of what it is given.
struct ExportOptions: ParsableArguments {
    @Option(help: "Only rewards from this on; of a pair, the chosen's. Takes all of a group in a chat.")
    var minimumReward: Double?
    @Option(help: "Only rewards up to this; of a pair, the rejected's.") var maximumReward: Double?
    @Option(help: "At most this many lines.") var limit: Int?
    @Flag(help: "jsonl: token ids, log-probabilities and policy versions, too.") var tokens = false
    @Option(help: "chat: at most this many of a group, the best first.") var perGroup: Int?
    @Option(help: "preferences: the least difference of the two rewards.") var margin: Double?
    @Flag(help: "chat, preferences: each line once.") var unique = false
    @Option(help: "keep, apart (in reasoning_content) or drop what is thought in <think>.")
    var thinking = ThoughtForm.keep
    @Option(help: "A tool call's arguments as text (OpenAI's form) or as an object (what templates want).")
    var arguments = ConversationForm.Arguments.text
    @Option(help: "auto, apart (tool calls as messages have them) or words (as the policy wrote them).")
    var calls = ConversationForm.Calls.auto

    var rewards: ClosedRange<Double>? {
        guard minimumReward != nil || maximumReward != nil else { return nil }
        return (minimumReward ?? -.infinity)...(maximumReward ?? .infinity)
    }

    /// - Throws: `ValidationError` for what the format does not know, and for numbers that choose nothing.
    func check(_ format: RolloutsExportCommand.Format) throws {
        let formats: [(option: String, isGiven: Bool, of: Set<RolloutsExportCommand.Format>)] = [
            ("--tokens", tokens, [.jsonl]), ("--per-group", perGroup != nil, [.chat]),
            ("--margin", margin != nil, [.preferences]), ("--unique", unique, [.chat, .preferences]),
            ("--thinking", thinking != .keep, [.chat, .preferences]),
            ("--calls", calls != .auto, [.chat, .preferences]),
            ("--arguments", arguments != .text, [.jsonl, .chat, .preferences]),
            ("--limit", limit != nil, [.jsonl, .chat, .preferences]),
            ("--minimum-reward", minimumReward != nil, [.jsonl, .chat, .preferences]),
            ("--maximum-reward", maximumReward != nil, [.jsonl, .chat, .preferences]),
        ]
        for (option, isGiven, known) in formats where isGiven && !known.contains(format) {
            let names = RolloutsExportCommand.Format.allCases.filter(known.contains).map(\.rawValue)
            throw ValidationError("\(option) is of --format \(names.joined(separator: ", ")), not of \(format.rawValue)")
        }
        if let limit, limit < 1 { throw ValidationError("--limit is at least 1") }
        if let perGroup, perGroup < 1 { throw ValidationError("--per-group is at least 1") }
        if let margin, !(margin >= 0) { throw ValidationError("--margin is at least 0") }
        for (option, bound) in [("--minimum-reward", minimumReward), ("--maximum-reward", maximumReward)]
        where bound?.isNaN == true {
            throw ValidationError("\(option) is a number")
        }
        // Of a pair the one bounds the chosen and the other the rejected.
        if let minimumReward, let maximumReward, format != .preferences, minimumReward > maximumReward {
            throw ValidationError("--minimum-reward is above --maximum-reward")
        }
    }
}

extension ThoughtForm: ExpressibleByArgument {}
extension ConversationForm.Arguments: ExpressibleByArgument {}
extension ConversationForm.Calls: ExpressibleByArgument {}
