import WhetCore

/// A worker program that plays a peer's environments for whet: what it needs, and what it is started with.
public struct Bridge: Hashable, Sendable {
    /// What a worker is started with, behind its program.
    public enum Arguments: Hashable, Sendable {
        /// Nothing: the package holds the environments.
        case none
        /// The folder of a checkout that the user has; a file in it shows that it is the right one.
        case checkout(of: String, marker: String)
        /// Names of environments, and folders to import them from.
        case environments
    }

    /// What `whet env install` calls it.
    public let name: String
    /// One line, for lists.
    public let summary: String
    /// The lowest minor version of Python 3 that its packages accept.
    let minimumPythonMinor: Int
    /// What pip installs, as in the file of requirements.
    let requirements: [String]
    /// File names in the folder `scripts/bridges`.
    let requirementsFile: String
    let program: String
    public let arguments: Arguments
    /// How many items a request should hold at most: a single one may take up to the bridge's own limit, ten seconds or
    /// more, and a request has to end before its worker is taken for hung.
    let batchSize: Int
    /// For one request.
    let requestLimit: Duration
    /// Whether its worker evaluates what the policy wrote, and so runs in the sandbox.
    public let isSandboxed: Bool
}

/// The bridges that whet has.
public enum BridgeCatalog {
    public static let all: [Bridge] = [
        Bridge(
            name: "reasoning-gym", summary: "reasoning-gym 0.1.25: 106 data sets, levels from their curricula",
            minimumPythonMinor: 11, requirements: ["reasoning-gym==0.1.25"],
            requirementsFile: "reasoning-gym-requirements.txt", program: "reasoning_gym_bridge.py", arguments: .none,
            batchSize: 16, requestLimit: .seconds(180), isSandboxed: false),
        Bridge(
            name: "rlve-gym", summary: "RLVE-Gym: 400 environments of a checkout, levels from their controllers",
            minimumPythonMinor: 11, requirements: ["networkx==3.6", "numpy==2.3.5", "sympy==1.14.0"],
            requirementsFile: "rlve-gym-requirements.txt", program: "rlve_gym_bridge.py",
            arguments: .checkout(of: "RLVE", marker: "Gym/environment.py"), batchSize: 16, requestLimit: .seconds(180),
            isSandboxed: true),
        Bridge(
            name: "verifiers", summary: "verifiers 0.1.14: environments with rubrics, single- and multi-turn",
            minimumPythonMinor: 11, requirements: ["verifiers==0.1.14"],
            requirementsFile: "verifiers-requirements.txt", program: "verifiers_bridge.py", arguments: .environments,
            batchSize: 4, requestLimit: .seconds(300), isSandboxed: false),
        Bridge(
            name: "verifiers-0.4", summary: "verifiers 0.4.0: tasksets that one agent plays without tools",
            minimumPythonMinor: 11, requirements: ["datasets>=4,<5", "verifiers==0.4.0"],
            requirementsFile: "verifiers-0.4-requirements.txt", program: "verifiers_bridge.py",
            arguments: .environments,
            batchSize: 4, requestLimit: .seconds(300), isSandboxed: false),
    ]

    /// - Throws: `WhetError` with the nearest name when there is none of that name.
    public static func bridge(named name: String) throws -> Bridge {
        guard let bridge = all.first(where: { $0.name == name }) else {
            throw WhetError.unknownName(name, kind: "bridge", among: all.map(\.name))
        }
        return bridge
    }
}
