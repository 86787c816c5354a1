import Foundation
import WhetCore
import WhetEnvironments
import WhetProcess

/// One run of an agent's program: what it is given, how long it is waited for, what it leaves.
struct AgentRun: Sendable {
    enum End: Hashable, Sendable {
        case exited(Int32)
        /// Because there was no sense in going on.
        case stopped
        /// It was killed, or killed itself.
        case failed
    }

    struct Outcome: Sendable {
        var end: End
        /// How it ended, for a person.
        var reason: String
        /// What stands in the file WHET_REWARD; nil where there is none.
        var reward: [UInt8]?
    }

    let agent: AgentProgram
    let task: PracticeTask
    let url: String
    let token: String

    /// Variables of whet's own that programs need to find their way; all others stay here, secrets among them.
    private static let inherited = ["PATH", "HOME", "LANG", "LC_ALL", "USER", "TZ"]
    private static let maximumRewardBytes = 1 << 20

    /// - Throws: `WhetError` where the program cannot be started; `CancellationError`, when it is gone.
    func play(_ episode: RecordedEpisode) async throws -> Outcome {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "whet-agent-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: scratch, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: scratch) }
        let description = Array(taskDescription.text().utf8)
        try Data(description).write(to: scratch.appending(path: "task.json"))
        let command = ProcessCommand(
            agent.command[0], Array(agent.command.dropFirst()), in: agent.folder,
            environment: variables(scratch: scratch))
        episode.noteStart()
        var outcome = try await race(command, input: description, episode)
        outcome.reward = Self.reward(in: scratch.appending(path: "reward.json"))
        return outcome
    }

    /// What the program reads: never the answer, unless the recipe shares it.
    private var taskDescription: JSONValue {
        var shared: JSONObject = [:]
        for key in agent.sharedKeys { shared[key] = task.problem[key] ?? .null }
        return [
            "environment": .string(task.environment), "level": .integer(task.level), "seed": .string(String(task.seed)),
            "messages": .array(task.messages.map(\.json)), "problem": .object(shared),
        ]
    }

    private func variables(scratch: URL) -> [String: String] {
        let own = ProcessInfo.processInfo.environment
        var variables = Dictionary(
            uniqueKeysWithValues: Self.inherited.compactMap { name in own[name].map { (name, $0) } })
        variables.merge(agent.variables) { $1 }
        let given = [
            "OPENAI_BASE_URL": url, "OPENAI_API_BASE": url, "OPENAI_API_KEY": token, "OPENAI_MODEL": "policy",
            "WHET_TASK": scratch.appending(path: "task.json").path,
            "WHET_REWARD": scratch.appending(path: "reward.json").path, "WHET_SCRATCH": scratch.path,
            "TMPDIR": scratch.path,
        ]
        return variables.merging(given) { $1 }
    }

    private static func reward(in file: URL) -> [UInt8]? {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
        defer { try? handle.close() }
        return (try? handle.read(upToCount: maximumRewardBytes)).map { [UInt8]($0) } ?? []
    }

    /// Whichever is first: the program's end, its silence, or a reason to stop it.
    private func race(_ command: ProcessCommand, input: [UInt8], _ episode: RecordedEpisode) async throws -> Outcome {
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            group.addTask {
                let result = try await command.run(input: input, wallTime: agent.totalTime)
                if case .exited(let code) = result.ending { return Outcome(end: .exited(code), reason: result.reason) }
                return Outcome(end: .failed, reason: result.reason)
            }
            group.addTask {
                try await waitForSilence(of: episode)
                return Outcome(end: .failed, reason: "it asked nothing for \(agent.idleTime)")
            }
            group.addTask {
                for await _ in episode.stops {}
                try Task.checkCancellation()
                return Outcome(end: .stopped, reason: "it was stopped")
            }
            defer { group.cancelAll() }
            guard let outcome = try await group.next() else { throw CancellationError() }
            // The program is gone, and with it all that it started, when its task has ended.
            group.cancelAll()
            while await group.nextResult() != nil {}
            return outcome
        }
    }

    private func waitForSilence(of episode: RecordedEpisode) async throws {
        while true {
            let quiet = episode.quietTime(at: .now) ?? .zero
            guard quiet < agent.idleTime else { return }
            try await Task.sleep(for: agent.idleTime - quiet)
        }
    }
}
