import Foundation
import WhetCore
import WhetYAML

/// What a file of `environments/` turns out to be.
enum DeclaredContent: Sendable {
    case problems(Declaration)
    case program(DeclaredProgram)
    case server(DeclaredServer)

    /// Reads and checks a file, but not its dataset, nor what its program or server says.
    ///
    /// - Throws: `DeclarationError` with every mistake.
    init(file: URL, catalog: VerifierCatalog) throws {
        let shown = file.relativePath
        let tree = try Declaration.tree(of: Declaration.data(of: file), shown: shown)
        let mistakes = DeclarationMistakes(file: shown)
        func section(_ keys: [DeclaredKey]) -> DeclaredSection? { DeclaredSection(tree, "", keys: keys, mistakes) }
        var content: DeclaredContent?
        if tree["process"] != nil {
            content = section(DeclarationSchema.program).flatMap { DeclaredProgram($0, file: file) }.map(Self.program)
        } else if tree["openenv"] != nil {
            content = section(DeclarationSchema.server).flatMap { DeclaredServer($0, file: file) }.map(Self.server)
        } else {
            content = .problems(try Declaration(tree, file: file, shown: shown, catalog: catalog))
        }
        try mistakes.throwIfAny()
        guard let content else { throw DeclarationError([WhetError("the file cannot be used", at: shown)]) }
        self = content
    }

    var name: String {
        switch self {
        case .problems(let declaration): declaration.name
        case .program(let program): program.name
        case .server(let server): server.name
        }
    }

    var summary: String {
        switch self {
        case .problems(let declaration): declaration.summary ?? ""
        case .program(let program): program.summary
        case .server(let server): server.summary
        }
    }

    /// nil where only the program tells.
    var maximumLevel: Int? {
        switch self {
        case .problems(let declaration): declaration.levels.count - 1
        case .program: nil
        case .server(let server): server.maximumLevel
        }
    }

    /// Whether it can show how it is done, as far as the file tells: a program may or may not.
    var hasDemonstrations: Bool {
        switch self {
        case .problems(let declaration): !declaration.demonstration.isEmpty
        case .program: true
        case .server: false
        }
    }

    /// The rewards that it can give; nil where only its program or server knows.
    var rewards: ClosedRange<Double>? {
        if case .problems(let declaration) = self { declaration.rubric.rewards } else { nil }
    }

    /// Whether it checks its own options.
    var isExternal: Bool { if case .problems = self { false } else { true } }

    func environment(options: JSONObject, _ resources: EnvironmentResources) throws -> any Environment {
        switch self {
        case .problems(let declaration): try DeclaredEnvironment(declaration)
        case .program(let program): try program.environment(options: options, resources)
        case .server(let server): try server.environment(options: options, resources)
        }
    }
}
