import Foundation
import WhetCore
import WhetYAML

/// What a file of `environments/` turns out to be.
enum DeclaredContent: Sendable {
    case problems(Declaration)
    case program(DeclaredProgram)
    case server(DeclaredServer)
    case dialogues(DeclaredDialogues)
    /// What a program solves with the policy as its model.
    indirect case agent(AgentProgram, on: DeclaredContent)
    /// What the policy solves with tools.
    indirect case tools(DeclaredTools, on: DeclaredContent)
    /// What is judged by a checklist as well.
    indirect case checklist(DeclaredChecklist, on: DeclaredContent)

    /// Reads and checks a file, but not its dataset, nor what its program or server says.
    ///
    /// - Throws: `DeclarationError` with every mistake.
    init(file: URL, catalog: VerifierCatalog) throws {
        let shown = file.relativePath
        let tree = try Declaration.tree(of: Declaration.data(of: file), shown: shown)
        let mistakes = YAMLMistakes(file: shown)
        func section(_ keys: [DeclaredKey]) -> YAMLSection? { YAMLSection(tree, "", keys: keys, mistakes) }
        var content: DeclaredContent?
        if tree["process"] != nil {
            content = section(DeclarationSchema.program).flatMap { DeclaredProgram($0, file: file) }.map(Self.program)
        } else if tree["openenv"] != nil {
            content = section(DeclarationSchema.server).flatMap { DeclaredServer($0, file: file) }.map(Self.server)
        } else if tree["dialogues"] != nil {
            content = section(DeclarationSchema.dialogueFile).flatMap { DeclaredDialogues($0, file: file) }
                .map(Self.dialogues)
        } else {
            content = .problems(try Declaration(tree, file: file, shown: shown, catalog: catalog))
        }
        let agent = Self.agent(in: tree, file: file, mistakes)
        let tools = tree["tools"].flatMap { $0.isNull ? nil : DeclaredTools($0, file: file, mistakes) }
        if let section = tree["tools"], !section.isNull, tree["agent"].map({ !$0.isNull }) ?? false {
            mistakes.note(
                "an agent has tools of its own", "tools", at: section.place, expected: "either tools or agent")
        }
        // Dialogues bring checklists of their own.
        let standard = tree["dialogues"].map { _ in DeclaredChecklist.Source.field("checklists") }
        let section =
            tree["checklist"].flatMap { $0.isNull ? nil : $0 }
            ?? standard.map { _ in YAMLTree(.mapping([]), at: tree.place) }
        let checklist = section.flatMap { DeclaredChecklist($0, file: file, standard: standard, mistakes) }
        try mistakes.throwIfAny()
        if let base = content, let tools { content = .tools(tools, on: base) }
        if let base = content, let checklist { content = .checklist(checklist, on: base) }
        if let base = content, let agent { content = .agent(agent, on: base) }
        guard let content else { throw DeclarationError([WhetError("the file cannot be used", at: shown)]) }
        self = content
    }

    /// The program that solves the tasks, where the file names one.
    private static func agent(in tree: YAMLTree, file: URL, _ mistakes: YAMLMistakes) -> AgentProgram? {
        guard let section = tree["agent"], !section.isNull else { return nil }
        guard let settings = section.value.object else {
            mistakes.note(
                "this is \(section.value.inWords)", "agent", at: section.place, expected: "a mapping with a command")
            return nil
        }
        do { return try AgentProgram(settings: settings, in: file.programFolder, at: "agent") } catch {
            let error = error as? WhetError ?? WhetError("\(error)")
            let member = section.members?.first { member in
                [" \(member.name) ", "\"\(member.name)\""].contains { " \(error.problem) ".contains($0) }
            }
            mistakes.note(error, "agent", at: member?.place ?? section.place)
            return nil
        }
    }

    var name: String {
        switch self {
        case .agent(_, let base), .tools(_, let base), .checklist(_, let base): base.name
        case .problems(let declaration): declaration.name
        case .program(let program): program.name
        case .server(let server): server.name
        case .dialogues(let dialogues): dialogues.name
        }
    }

    var summary: String {
        switch self {
        case .agent(_, let base), .tools(_, let base), .checklist(_, let base): base.summary
        case .problems(let declaration): declaration.summary ?? ""
        case .program(let program): program.summary
        case .server(let server): server.summary
        case .dialogues(let dialogues): dialogues.summary
        }
    }

    /// nil where only the program tells.
    var maximumLevel: Int? {
        switch self {
        case .agent(_, let base), .tools(_, let base), .checklist(_, let base): base.maximumLevel
        case .problems(let declaration): declaration.levels.count - 1
        case .program: nil
        case .server(let server): server.maximumLevel
        case .dialogues: 0
        }
    }

    /// Whether it can show how it is done, as far as the file tells: a program may or may not.
    var hasDemonstrations: Bool {
        switch self {
        case .agent(_, let base), .tools(_, let base), .checklist(_, let base): base.hasDemonstrations
        case .problems(let declaration): !declaration.demonstration.isEmpty
        case .program: true
        case .server: false
        case .dialogues(let dialogues): dialogues.hasDemonstrations
        }
    }

    /// The rewards that it can give; nil where only its program or server knows.
    var rewards: ClosedRange<Double>? {
        switch self {
        case .problems(let declaration): declaration.rubric.rewards
        case .agent(let agent, let base): agent.scoring == .environment ? base.rewards : nil
        case .tools(_, let base): base.rewards
        case .checklist(let checklist, let base): checklist.rewards(beside: base.rewards)
        case .program, .server: nil
        case .dialogues: 0...0
        }
    }

    /// The file's own problems; nil where a program or server sets them.
    var declaration: Declaration? {
        switch self {
        case .problems(let declaration): declaration
        case .agent(_, let base), .tools(_, let base), .checklist(_, let base): base.declaration
        case .program, .server, .dialogues: nil
        }
    }

    /// Whether something else than a checklist scores.
    var hasVerifiers: Bool {
        switch self {
        case .problems(let declaration): !declaration.rubric.criteria.isEmpty
        case .agent(_, let base), .tools(_, let base), .checklist(_, let base): base.hasVerifiers
        case .program, .server: true
        case .dialogues: false
        }
    }

    /// What a recipe may set, as far as it is known here.
    var options: [EnvironmentOption] {
        switch self {
        case .checklist: DeclaredChecklist.options
        case .agent(_, let base), .tools(_, let base): base.options
        case .problems, .program, .server, .dialogues: []
        }
    }

    /// Whether it checks its own options.
    var isExternal: Bool {
        switch self {
        case .problems, .dialogues: false
        case .agent(_, let base), .tools(_, let base), .checklist(_, let base): base.isExternal
        case .program, .server: true
        }
    }

    func environment(options: JSONObject, _ resources: EnvironmentResources) throws -> any Environment {
        switch self {
        case .agent(let agent, let base):
            AgentEnvironment(
                agent, on: try base.environment(options: options, resources), maximumLevel: base.maximumLevel ?? 0)
        case .tools(let tools, let base):
            DeferredToolEnvironment(
                on: try base.environment(options: options, resources), maximumLevel: base.maximumLevel ?? 0
            ) { base in
                let environment = try await ToolEnvironment(
                    base, tools: tools.sets { try resources.httpClient() }, syntax: tools.syntax,
                    presentation: tools.presentation, limits: tools.limits, maximumSessions: tools.maximumSessions)
                do { try resources.keep(environment) } catch {
                    await environment.close()
                    throw error
                }
                return environment
            }
        case .checklist(let checklist, let base): try checklist.environment(on: base, options: options, resources)
        case .problems(let declaration): try DeclaredEnvironment(declaration)
        case .program(let program): try program.environment(options: options, resources)
        case .server(let server): try server.environment(options: options, resources)
        case .dialogues(let dialogues): try dialogues.environment(resources)
        }
    }
}
