import WhetCore
import WhetEnvironments
import WhetText

/// Sets tasks in app worlds; what is done about them is judged by `AppTools`.
struct AppTaskSource: Environment {
    var name: String { AppTasks.name }
    var computesHere: Bool { false }
    let form: AppTasks.Form
    /// The only one that is set; nil: all of a level.
    let kind: AppTaskKind?
    /// Of what demonstrations say.
    var syntax = ToolCallSyntax.hermes

    func task(level: Int, seed: UInt64) async throws -> PracticeTask {
        guard 0...AppTaskKind.hardest ~= level else {
            throw WhetError(
                "there is no level \(level)", at: "environment \(name)", expected: "0 to \(AppTaskKind.hardest)")
        }
        var random = RandomStream(seed: seed, purpose: name, level)
        let task = AppTask(
            kind ?? random.element(of: AppTaskKind.kinds(ofLevel: level)), level: level, seed: seed)
        return PracticeTask(
            environment: name, seed: seed, level: level, messages: [Message(.user, form.opening(task))],
            problem: task.problem)
    }

    /// What a policy says that knows the way; its tools answer in between.
    func demonstration(of task: PracticeTask) async throws -> [Message]? {
        try form.demonstration(AppTask(problem: task.problem), syntax: syntax)
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        throw WhetError(
            "the world of a task is needed to score it", at: "environment \(name)",
            expected: "the environment with its tools")
    }
}

extension AppTasks.Form {
    /// What the policy is told, and nothing of what it has to find out.
    func opening(_ task: AppTask) -> String {
        let apps = AppCatalog.apps.map { "\($0.name): \($0.summary)" }.joined(separator: "\n")
        return """
            You act for \(task.world.owner.name), and use these apps for it:
            \(apps)

            \(explanation) Most apps want an access token, which their function login gives for the username and \
            password that owner.show_passwords tells. Lists come in pages. Do all that the task asks for, and change \
            nothing else. When it is done, end with <answer>\(AppAnswer.doneWord)</answer>; if the task asks a \
            question, end with its answer alone, as <answer>…</answer>.

            The task: \(task.scenario.instruction)
            """
    }

    private var explanation: String {
        switch self {
        case .json: "Their functions are your tools."
        case .python:
            "You use them in Python, where `apis` has them, with keywords for arguments: "
                + "`apis.contacts.search_contacts(query=\"Ana\")` gives lists and dictionaries back, and raises an "
                + "error that says why where it refuses. `apis.api_docs.list_functions(app=\"mail\")` lists an app's "
                + "functions, `apis.api_docs.describe_function(app=\"mail\", function=\"login\")` says all about one. "
                + "You see what your code prints."
        }
    }
}
