import WhetCore

/// A task of a kind in a world of its own.
///
/// Keeps: kind, level and seed make the same task, in every run and on every machine.
struct AppTask: Sendable {
    let kind: AppTaskKind
    let level: Int
    let seed: UInt64
    let scenario: AppScenario
    /// Before anything was done.
    let world: AppWorld

    /// - Parameter level: how much there is in the world besides what the task is about.
    init(_ kind: AppTaskKind, level: Int, seed: UInt64) {
        var draft = AppDraft(
            level: level, random: RandomStream(seed: seed, purpose: "app task \(kind.name)", level))
        scenario = kind.make(&draft)
        draft.shuffle()
        world = draft.world
        self.kind = kind
        self.level = level
        self.seed = seed
    }

    /// Enough to make it again.
    var problem: JSONValue {
        [
            "kind": .string(kind.name), "level": .integer(level), "seed": .string(String(seed)),
            "version": .integer(AppWorld.version), "parameters": .object(scenario.parameters),
        ]
    }

    /// - Throws: `WhetError` for a problem that no task can be made of again.
    init(problem: JSONValue) throws {
        guard let name = problem["kind"]?.string, let kind = AppTaskKind.all.first(where: { $0.name == name }) else {
            throw Self.unreadable("there is no such kind of task", expected: "a kind that docs/apps.md lists")
        }
        guard problem["version"]?.integer == AppWorld.version else {
            throw Self.unreadable(
                "it was made by another version of whet, whose worlds are others",
                expected: "version \(AppWorld.version)")
        }
        guard let level = problem["level"]?.integer, 0...AppTaskKind.hardest ~= level,
            let seed = problem["seed"]?.string.flatMap(UInt64.init)
        else { throw Self.unreadable("level or seed is wrong", expected: "a number and a number in quotation marks") }
        self.init(kind, level: level, seed: seed)
    }

    private static func unreadable(_ what: String, expected: String) -> WhetError {
        WhetError(what, at: "environment AppTasks, problem", expected: expected)
    }

    /// What a reference solution does.
    ///
    /// - Throws: `WhetError` where one of its calls is refused, which is a mistake in its kind.
    func solution() throws -> (program: AppProgram, answer: String) {
        var program = AppProgram(in: world)
        let answer = try scenario.solve(&program)
        return (program, answer)
    }
}
