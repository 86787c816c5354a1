import ArgumentParser
import WhetAlgorithms
import WhetCore
import WhetTraining

struct AlgorithmsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "algorithms", abstract: "The algorithms that a recipe may name.",
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List them: what each is, when to use it, whether it needs groups.")

        @Flag(help: "One JSON object an algorithm.") var json = false

        func run() throws {
            if json {
                for definition in AlgorithmCatalog.all { Output.json(try definition.json) }
                return
            }
            var table = Table(("algorithm", .left), ("groups", .left), ("objective", .left), ("what it is", .left))
            for definition in AlgorithmCatalog.all {
                table.add(
                    definition.name, definition.needsGroups ? "yes" : "no", definition.objectiveName,
                    definition.summary)
            }
            Output.text(table.text)
            Output.line("\nformula, settings, source and when to use it: whet algorithms show NAME")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print an algorithm's formula, settings with defaults, and source.")

        @Argument(help: "One of `whet algorithms`.") var name: String
        @Flag(help: "One JSON object.") var json = false

        func run() throws {
            let definition: AlgorithmDefinition
            do { definition = try AlgorithmCatalog.definition(name) } catch let error as WhetError {
                throw UsageError(error)
            }
            if json {
                Output.json(try definition.json)
                return
            }
            let algorithm = try Algorithm(definition)
            Output.line("\(definition.name): \(definition.summary)\n")
            Output.line("credit     \(definition.formula)")
            Output.line("objective  \(definition.objectiveName), averaged \(algorithm.loss.aggregation.rawValue)")
            Output.line("source     \(definition.source)")
            Output.line("needs      \(definition.needsInWords)")
            Output.line("use it     \(definition.whenToUse)")
            if let reason = definition.refusal { Output.line("not here    \(reason)") }
            Output.line("")
            var table = Table(("setting", .left), ("default", .left), ("takes", .left), ("what it does", .left))
            for setting in algorithm.settings {
                table.add(setting.name, setting.defaultValue.text(), setting.type, setting.summary)
            }
            Output.text(table.text)
        }
    }
}

extension AlgorithmDefinition {
    fileprivate var needsInWords: String {
        needs.isEmpty ? "nothing but rewards" : needs.map(\.inWords).sorted().joined(separator: "; ")
    }

    /// Why no run can train under it; nil if one can.
    fileprivate var refusal: String? {
        do {
            try Algorithm(self).checkTrainable()
            return nil
        } catch { return (error as? WhetError)?.problem ?? "\(error)" }
    }

    fileprivate var json: JSONValue {
        get throws {
            let settings = try Algorithm(self).settings.map { setting -> JSONValue in
                [
                    "name": .string(setting.name), "default": setting.defaultValue, "takes": .string(setting.type),
                    "summary": .string(setting.summary),
                ]
            }
            return [
                "name": .string(name), "summary": .string(summary), "formula": .string(formula),
                "source": .string(source), "when_to_use": .string(whenToUse), "objective": .string(objectiveName),
                "needs_groups": .bool(needsGroups),
                "needs": .array(needs.map(\.rawValue).sorted().map(JSONValue.string)),
                "refusal": refusal.map(JSONValue.string) ?? .null, "settings": .array(settings),
            ]
        }
    }
}

extension EstimatorNeed {
    fileprivate var inWords: String {
        switch self {
        case .groups: "several rollouts of each task"
        case .greedyReward: "a greedy rollout of each task, which the loop plays"
        case .promptValue: "a value of each prompt, which the loop tracks and stores"
        case .roleValue: "a running mean of each environment's rewards, which the loop keeps"
        case .tokenValues: "a critic's value of each token"
        case .namedRewards: "an environment that gives its reward in named parts"
        case .turns: "verdicts on single turns"
        case .steps: "verdicts on single steps"
        }
    }
}
