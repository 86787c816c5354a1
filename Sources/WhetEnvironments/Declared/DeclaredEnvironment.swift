import Foundation
import WhetCore
import WhetYAML

/// An environment that a YAML file defines: see docs/environments.md.
///
///     let environment = try DeclaredEnvironment(file: URL(filePath: "environments/capitals.yaml"))
///     let task = try environment.task(level: 0, seed: 7)
///
/// Keeps: a task follows from the file, its dataset, the level and the seed alone; its `problem` is the row's fields or
/// the drawn variables and is all that scoring needs; nothing of it is in a message unless a template names it.
struct DeclaredEnvironment: Environment {
    let file: URL
    let name: String
    /// What it practises, in one line; empty where the file does not say.
    let summary: String
    /// Where its data come from.
    let source: String?
    let license: String?
    /// The names of its levels, the easiest first; nil where a level has none.
    let levelNames: [String?]
    let rubric: Rubric

    let declaration: Declaration
    private let problems: Problems

    private enum Problems: Sendable {
        case dataset(Dataset)
        case generator(DeclaredGenerator)
    }

    /// How many levels, and seeds of each, are tried when a file is loaded.
    private static let trials = (levels: 32, seeds: 4)

    /// Reads and checks the file and its dataset, and makes a few tasks of each level to see that it can.
    ///
    /// - Parameter catalog: the kinds of verifiers that the file may name.
    /// - Throws: `DeclarationError` with every mistake.
    init(file: URL, catalog: VerifierCatalog = .standard) throws {
        try self.init(Declaration(file: file, catalog: catalog))
    }

    init(_ declaration: Declaration) throws {
        self.declaration = declaration
        file = declaration.file
        name = declaration.name
        summary = declaration.summary ?? ""
        source = declaration.source
        license = declaration.license
        levelNames = declaration.levels.map(\.name)
        rubric = declaration.rubric
        let mistakes = YAMLMistakes(file: declaration.prompt.origin.place.source)
        switch declaration.problems {
        case .generator(let generator): problems = .generator(generator)
        case .dataset(let dataset):
            var known = declaration.names
            known += declaration.namesInFollowUps.filter { !Declaration.knownInFollowUps.contains($0.name) }
            var loading = DatasetLoading(
                dataset, levels: declaration.levels, needed: known, environment: declaration.name, mistakes: mistakes)
            guard let loaded = loading.dataset() else {
                try mistakes.throwIfAny()
                throw DeclarationError([WhetError("the dataset cannot be used", at: mistakes.file)])
            }
            problems = .dataset(loaded)
        }
        try tryOut(mistakes)
    }

    /// The hardest level; the easiest is 0.
    var maximumLevel: Int { declaration.levels.count - 1 }
    var hasDemonstrations: Bool { !declaration.demonstration.isEmpty }
    var isMultiTurn: Bool { !declaration.turns.isEmpty || declaration.feedback != nil }

    /// How many different problems a level has; nil: they are drawn.
    func problemCount(level: Int) -> Int? {
        guard case .dataset(let dataset) = problems, 0..<dataset.levelCount ~= level else { return nil }
        return dataset.rowCount(level: level)
    }

    // MARK: Environment

    func task(level: Int, seed: UInt64) throws -> PracticeTask {
        try check(level: level, upTo: maximumLevel)
        let fields =
            switch problems {
            case .dataset(let dataset): dataset.fields(level: level, seed: seed)
            case .generator(let generator): try generator.problem(environment: name, level: level, seed: seed)
            }
        let context = context(fields, level: level)
        var messages: [Message] = []
        if let system = declaration.system { messages.append(Message(.system, try system.render(context))) }
        messages.append(Message(.user, try declaration.prompt.render(context)))
        return PracticeTask(environment: name, seed: seed, level: level, messages: messages, problem: .object(fields))
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        let own = messages.dropFirst(task.messages.count)
        guard own.contains(where: { $0.role == .assistant }) else { throw nothingToScore }
        do {
            let score = try await rubric.score(messages, problem: task.problem)
            return discounted(score, answers: own.count { $0.role == .assistant })
        } catch let error as WhetError {
            throw error.within("environment \(name)")
        }
    }

    func reply(to messages: [Message], of task: PracticeTask) async throws -> [Message]? {
        let own = messages.dropFirst(task.messages.count)
        let answers = own.count { $0.role == .assistant }
        guard answers > 0 else {
            throw WhetError("there is nothing to reply to", at: "environment \(name)", expected: "an assistant message")
        }
        if let feedback = declaration.feedback {
            guard answers < feedback.attempts else { return nil }
            let score = try await score(messages, of: task)
            return score.isSolved ? nil : [try followUp(feedback.message, after: messages, answers: answers, of: task)]
        }
        guard answers <= declaration.turns.count else { return nil }
        return [try followUp(declaration.turns[answers - 1], after: messages, answers: answers, of: task)]
    }

    func demonstration(of task: PracticeTask) throws -> [Message]? {
        guard !declaration.demonstration.isEmpty else { return nil }
        let context = context(task.problem.object ?? [:], level: task.level)
        var messages = task.messages
        for (index, reply) in declaration.demonstration.enumerated() {
            switch reply {
            case .template(let template): messages.append(Message(.assistant, try template.render(context)))
            case .field(let field):
                let value = try field.path.required(in: task.problem)
                messages.append(Message(.assistant, value.string ?? value.text()))
            }
            guard index < declaration.turns.count else { continue }
            messages.append(try followUp(declaration.turns[index], after: messages, answers: index + 1, of: task))
        }
        return Array(messages.dropFirst(task.messages.count))
    }

    // MARK: Parts

    /// A problem's fields come before what is always known.
    private func context(_ fields: JSONObject, level: Int) -> JSONObject {
        var context: JSONObject = ["level": .integer(level)]
        context.merge(fields) { _, field in field }
        return context
    }

    private func followUp(
        _ template: DeclaredTemplate, after messages: [Message], answers: Int, of task: PracticeTask
    ) throws -> Message {
        let reply = messages.last { $0.role == .assistant }?.content ?? ""
        var context: JSONObject = [
            "level": .integer(task.level), "attempt": .integer(answers),
            "attempts": .integer(declaration.feedback?.attempts ?? declaration.turns.count + 1),
            "given": .string(try rubric.reader.answer(in: reply) ?? ""),
        ]
        context.merge(task.problem.object ?? [:]) { _, field in field }
        return Message(.user, try template.render(context))
    }

    /// Later answers of a solved task are worth less, where the file says so.
    private func discounted(_ score: Score, answers: Int) -> Score {
        guard let feedback = declaration.feedback, score.isSolved, answers > 1, feedback.discount < 1 else {
            return score
        }
        var score = score
        let share = (1..<answers).reduce(1.0) { share, _ in share * feedback.discount }
        let worst = rubric.range.lowerBound
        score.reward = worst + (score.reward - worst) * share
        score.reason = "\(score.reason ?? "passed"), with answer \(answers)"
        return score
    }

    /// Makes some tasks, so that a template or expression that fails is found before work starts.
    private func tryOut(_ mistakes: YAMLMistakes) throws {
        let step = max(1, (declaration.levels.count - 1) / (Self.trials.levels - 1))
        let levels = Set(stride(from: 0, through: maximumLevel, by: step)).union([maximumLevel]).sorted()
        var failed: Set<String> = []
        for level in levels {
            for seed in 0..<UInt64(Self.trials.seeds) {
                do {
                    let task = try task(level: level, seed: seed)
                    _ = try demonstration(of: task)
                    for (index, template) in (declaration.turns + [declaration.feedback?.message].compactMap(\.self))
                        .enumerated()
                    {
                        let reply = [Message(.assistant, "")]
                        _ = try followUp(template, after: task.messages + reply, answers: index + 1, of: task)
                    }
                } catch let error as WhetError {
                    // The same place fails at every seed.
                    guard failed.insert(error.place ?? error.problem).inserted else { continue }
                    var error = error
                    error.remedy = error.remedy ?? "`level \(level), seed \(seed)` is a problem that it fails for"
                    mistakes.note(elsewhere: error)
                }
            }
        }
        try mistakes.throwIfAny()
    }
}
