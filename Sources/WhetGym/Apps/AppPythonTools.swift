import WhetCore
import WhetEnvironments

/// The functions of an app world as Python calls them, `apis.mail.login(…)`: a world and an interpreter for each
/// rollout.
///
/// Keeps: the world lies in whet. The policy's code can send calls to it and gets what they give back; whatever else it
/// does in its interpreter, it changes no world.
struct AppPythonTools: ScoringToolSet {
    var memory: ToolMemory { .repeatable }
    private let python: PythonTools
    private let reward: AppReward

    /// Starts nothing yet.
    ///
    /// - Throws: `WhetError` where there is no sandbox, or no Python in it.
    init(sandbox: Sandbox, reward: AppReward) throws {
        var settings = PythonTools.Settings()
        settings.prelude = AppPrelude.text
        python = try PythonTools(settings, sandbox: sandbox)
        self.reward = reward
    }

    func definitions() async throws -> [ToolDefinition] { try await python.definitions() }

    func scoredSession(for task: PracticeTask) async throws -> any ScoredToolSession {
        let world = try AppWorldSession(problem: task.problem)
        return AppPythonSession(world: world, python: try python.session(calling: world), reward: reward)
    }

    func close() async { await python.close() }
}

extension AppWorldSession: HostFunctions {
    func call(_ name: String, _ arguments: JSONObject) async -> HostFunctionResult {
        switch answer(name, arguments) {
        case .success(let value): .value(value)
        case .failure(let refusal): .refused(refusal.sentence)
        }
    }
}

/// A world, and the interpreter that calls it.
private struct AppPythonSession: ScoredToolSession {
    let world: AppWorldSession
    let python: any ToolSession
    let reward: AppReward

    var isOpen: Bool { python.isOpen }

    func call(_ name: String, _ arguments: JSONObject, limit: Duration) async throws -> ToolResult {
        try await python.call(name, arguments, limit: limit)
    }

    func score(_ messages: [Message], of task: PracticeTask) async throws -> Score {
        world.score(messages, reward: reward)
    }

    func close() async { await python.close() }
}

/// What an interpreter knows before the policy's code runs in it.
enum AppPrelude {
    /// Defines `apis`.
    static let text = """
        class _Function:
            def __init__(self, name, parameters):
                self._name, self._parameters = name, parameters

            def __call__(self, *values, **arguments):
                if len(values) > len(self._parameters):
                    raise TypeError("%s takes %d arguments" % (self._name, len(self._parameters)))
                for parameter, value in zip(self._parameters, values):
                    if parameter in arguments:
                        raise TypeError("%s has two values for %s" % (self._name, parameter))
                    arguments[parameter] = value
                return whet_call(self._name, arguments)

            def __repr__(self):
                return "apis.%s(%s)" % (self._name, ", ".join(self._parameters))


        class _App:
            def __init__(self, name, functions):
                self._name = name
                for function, parameters in functions.items():
                    setattr(self, function, _Function(name + "." + function, parameters))

            def __getattr__(self, function):
                if function.startswith("_"):
                    raise AttributeError(function)
                return _Function(self._name + "." + function, [])  # What there is instead, the refusal says.


        class _Apps:
            def __init__(self, apps):
                self._names = list(apps)
                for name, functions in apps.items():
                    setattr(self, name, _App(name, functions))

            def __getattr__(self, name):
                names = ", ".join(self.__dict__.get("_names", []))
                raise AttributeError("there is no app %s; there are: %s" % (name, names))


        apis = _Apps(\(apps))
        """

    /// Each app's functions, with their parameters in order: names alone, so that JSON is Python here.
    private static var apps: String {
        JSONValue.object(
            JSONObject(
                uniqueKeysWithValues: AppCatalog.apps.map { app in
                    let functions = app.functions.map { function in
                        (function.name, JSONValue.array(function.parameterNames.map(JSONValue.string)))
                    }
                    return (app.name, JSONValue.object(JSONObject(uniqueKeysWithValues: functions)))
                })
        ).text()
    }
}
