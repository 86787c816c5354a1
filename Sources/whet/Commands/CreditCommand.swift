import ArgumentParser
import WhetAlgorithms
import WhetCore
import WhetStore
import WhetTraining

struct CreditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credit", abstract: "What another algorithm would have credited on rollouts already stored.",
        discussion: """
            Beside what the run itself credited: how much of it is zero, whether both push the same way, and the \
            rollouts that differ most. Nothing is trained or sampled. SPO's values start from the prior and forget as \
            on a first visit, because a store holds no weights to measure by how far the policy moved.
            """)

    @Argument(help: "A run's id, or \"last\".") var run = "last"
    @Option(help: "One of `whet algorithms`.") var algorithm: String
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A setting of that algorithm; may be repeated.", valueName: "setting=value"))
    var settings: [String] = []
    @Option(help: ArgumentHelp("Only these steps.", valueName: "step or first-last")) var step: RangeArgument?
    @Option(help: "How many of the rollouts that differ most.") var top = 10
    @OptionGroup var home: HomeOptions
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let asked = try askedAlgorithm()
        guard top >= 0 else { throw UsageError(WhetError("--top \(top) is below 0", expected: "a number of rollouts")) }
        let store = try home.openStore()
        let id = try await RunChoice.id(run, in: store)
        let recipe = try Recipe(of: try await store.run(id), readBy: WhetVersion.current)
        let used = try Algorithm.named(recipe.algorithm.name, settings: recipe.algorithm.settings.values)
        let comparison = try await CreditComparison(
            run: id, in: store, used: used, asked: asked, steps: step?.range, largest: top)
        if json { Output.json(comparison.json(run: id, used: used.name, asked: asked.name)) } else {
            Output.text(comparison.text(run: id, used: used.name, asked: asked.name))
        }
    }

    private func askedAlgorithm() throws -> WhetAlgorithms.Algorithm {
        do {
            var values = AlgorithmCatalog.noSettings
            for text in settings {
                guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                    throw WhetError(
                        "\"\(text)\" sets nothing", at: "--set", expected: "setting=value, such as clip_high=0.28")
                }
                let value = String(text[text.index(after: equals)...])
                values[String(text[..<equals])] = (try? JSONValue(parsing: value)) ?? .string(value)
            }
            let asked = try Algorithm.named(algorithm, settings: values)
            try asked.checkTrainable()
            return asked
        } catch let error as WhetError {
            throw UsageError(error)
        }
    }
}

extension CreditComparison {
    fileprivate func text(run: String, used: String, asked: String) -> String {
        var text = "\(run): \(rollouts) rollouts of steps \(steps.lowerBound) to \(steps.upperBound)\n\n"
        var shares = Table(
            ("credit", .left), ("zero", .right), ("positive", .right), ("negative", .right), ("mean size", .right))
        for (name, share) in [("\(used), used", self.used), (asked, self.asked)] {
            shares.add(
                name, share.zero.percent, share.positive.percent, share.negative.percent, share.meanSize.fixed(3))
        }
        text += shares.text
        text += "\nsame direction: \(agreement.percent) of rollouts; correlation \(correlation.fixed(3))\n"
        guard !largest.isEmpty else { return text }
        var table = Table(("differ most", .left), ("step", .right), ("reward", .right), (used, .right), (asked, .right))
        for difference in largest {
            table.add(
                "\(difference.rollout)", "\(difference.step)", difference.reward.fixed(3), difference.used.fixed(3),
                difference.asked.fixed(3))
        }
        return text + "\n" + table.text + "\nlook at one with: whet rollouts show ROLLOUT --run \(run)\n"
    }

    fileprivate func json(run: String, used usedName: String, asked askedName: String) -> JSONValue {
        func json(_ shares: Shares, _ name: String) -> JSONValue {
            [
                "algorithm": .string(name), "zero": .number(shares.zero), "positive": .number(shares.positive),
                "negative": .number(shares.negative), "mean_size": .number(shares.meanSize),
            ]
        }
        return [
            "run": .string(run), "rollouts": .integer(rollouts), "first_step": .integer(steps.lowerBound),
            "last_step": .integer(steps.upperBound), "used": json(used, usedName), "asked": json(asked, askedName),
            "agreement": .number(agreement), "correlation": correlation.map(JSONValue.number) ?? .null,
            "largest": .array(
                largest.map {
                    [
                        "rollout": .string("\($0.rollout)"), "step": .integer($0.step), "reward": .number($0.reward),
                        "used": .number($0.used), "asked": .number($0.asked),
                    ]
                }),
        ]
    }
}
