import ArgumentParser
import WhetCore
import WhetStore

struct RolloutsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one rollout: the conversation, the score and why, the tokens' origin.")

    @Argument(help: "The rollout, such as 12.3 or evaluation-0.0.") var rollout: RolloutID
    @Option(help: "A run's id, or \"last\".") var run = "last"
    @OptionGroup var home: HomeOptions
    @Flag(help: "One JSON object, token ids and log-probabilities included.") var json = false

    func run() async throws {
        let store = try home.openStore()
        let stored = try await store.rollout(rollout, run: RunChoice.id(run, in: store))
        if json { Output.json(stored.json) } else { Output.text(Self.text(of: stored, on: .detect(1))) }
    }

    static func text(of stored: StoredRollout, on terminal: Terminal) -> String {
        let rollout = stored.rollout
        var lines = [
            terminal.styled("rollout \(rollout.id) of \(stored.run)", .bold),
            "\(rollout.task.environment), level \(rollout.task.level), task seed \(rollout.task.seed), "
                + "step \(stored.step.map(String.init) ?? "–"), \((rollout.finishedAt - rollout.startedAt).fixed(2)) s",
            "",
        ]
        for message in rollout.messages {
            lines.append(terminal.styled(message.role.rawValue, .cyan))
            lines += message.content.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
            lines += message.toolCalls.map { "  calls \($0.name) \($0.arguments.text())" }
        }
        lines += ["", "\(rollout.status.rawValue)\(rollout.reason.map { ": \($0)" } ?? "")"]
        if let score = rollout.score {
            let verdict = score.isSolved ? terminal.styled("solved", .green) : terminal.styled("not solved", .red)
            lines.append("reward \(score.reward.fixed(4)), \(verdict)\(score.reason.map { ": \($0)" } ?? "")")
            for part in score.parts {
                let reason = part.reason.map { ": \($0)" } ?? ""
                lines.append("  \(part.name) \(part.value.fixed(4)) (weight \(part.weight.fixed(2)))\(reason)")
            }
        }
        for (number, trajectory) in rollout.trajectories.enumerated() {
            if !rollout.siblings.isEmpty { lines.append("conversation \(number + 1) of \(rollout.siblings.count + 1)") }
            lines += trajectory.spans.map(Self.line)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(of span: TokenSpan) -> String {
        let tokens = "\(span.tokens.count) tokens"
        guard let policy = span.policy else { return "\(span.origin.name): \(tokens)" }
        let mean = policy.behaviorLogProbabilities.map(Double.init).mean
        return "policy: \(tokens) by version \(policy.version) at temperature \(policy.sampling.temperature.fixed(2)), "
            + "mean log-probability \(mean.fixed(3)), \(policy.server)"
    }
}

extension TokenSpan.Origin {
    fileprivate var name: String {
        switch self {
        case .prompt: "prompt"
        case .policy: "policy"
        case .environment: "environment"
        }
    }
}

extension StoredRollout {
    fileprivate var json: JSONValue {
        [
            "run": .string(run), "rollout": .string("\(rollout.id)"), "step": step.map(JSONValue.integer) ?? .null,
            "environment": .string(rollout.task.environment), "level": .integer(rollout.task.level),
            "problem": rollout.task.problem, "status": .string(rollout.status.rawValue),
            "reason": rollout.reason.map(JSONValue.string) ?? .null, "score": rollout.score?.json ?? .null,
            "messages": .array(rollout.messages.map(\.json)),
            "spans": .array(rollout.trajectories.flatMap(\.spans).map(\.json)),
            "started_at": .number(rollout.startedAt), "finished_at": .number(rollout.finishedAt),
        ]
    }
}

extension TokenSpan {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "origin": .string(origin.name), "tokens": .array(tokens.map { .integer(Int($0)) }),
        ]
        if let policy {
            object["version"] = .integer(policy.version.number)
            object["log_probabilities"] = .array(policy.behaviorLogProbabilities.map { .number(Double($0)) })
            object["temperature"] = .number(policy.sampling.temperature)
            object["server"] = .string(policy.server)
            object["request"] = .string(policy.requestID)
        }
        return .object(object)
    }
}
