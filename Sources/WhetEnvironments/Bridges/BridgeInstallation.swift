import WhetCore

/// How a bridge is installed and started: paths and commands, none of which this runs.
///
/// Keeps: everything of a bridge lies in one folder under whet's home, so removing that folder removes the bridge.
public struct BridgeInstallation: Hashable, Sendable {
    /// A program with its arguments and the variables that it needs over those that whet has.
    struct Command: Hashable, Sendable {
        let executable: String
        let arguments: [String]
        let variables: [String: String]
        /// What is happening, for a person who waits.
        let purpose: String

        init(_ executable: String, _ arguments: [String], variables: [String: String] = [:], purpose: String) {
            self.executable = executable
            self.arguments = arguments
            self.variables = variables
            self.purpose = purpose
        }
    }

    public let bridge: Bridge
    /// Its virtual environment: `HOME/bridges/NAME`.
    public let folder: String
    /// Where `whet_environment.py` and the folder `bridges` are.
    let scripts: String

    /// - Parameters:
    ///   - home: whet's home folder.
    ///   - scripts: the folder `scripts` of whet.
    public init(_ bridge: Bridge, home: String, scripts: String) {
        self.bridge = bridge
        folder = Self.path(home, "bridges", bridge.name)
        self.scripts = scripts
    }

    var python: String { Self.path(folder, "bin", "python") }

    /// A file in the virtual environment that is written last: it is there if and only if all steps succeeded.
    var marker: String { Self.path(folder, "whet-bridge") }

    /// What the marker says; another text is an installation of other versions, to be made anew.
    var markerText: String { bridge.requirements.joined(separator: "\n") + "\n" }

    /// What installs it, in order; each must succeed.
    ///
    /// - Parameter python: the Python that the virtual environment is made with.
    func steps(python systemPython: String = "python3") -> [Command] {
        let least = "import sys; sys.exit(sys.version_info < (3, \(bridge.minimumPythonMinor)))"
        return [
            Command(
                systemPython, ["-c", least], purpose: "looking for Python 3.\(bridge.minimumPythonMinor) or later"),
            Command(
                systemPython, ["-m", "venv", "--clear", folder], purpose: "making a virtual environment in \(folder)"),
            Command(
                self.python,
                [
                    "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r",
                    script(bridge.requirementsFile),
                ],
                purpose: "installing \(bridge.requirements.joined(separator: ", "))"),
        ]
    }

    /// What starts a worker.
    ///
    /// - Parameters:
    ///   - environments: names of environments, for a bridge that takes them.
    ///   - paths: the checkout, or the folders that environments are imported from.
    /// - Throws: `WhetError` for arguments that this bridge does not take, or lacks.
    func worker(environments: [String] = [], paths: [String] = []) throws -> Command {
        func refuse(_ problem: String, _ remedy: String) -> WhetError {
            WhetError(problem, at: "bridge \(bridge.name)", remedy: remedy)
        }
        var arguments: [String]
        switch bridge.arguments {
        case .none:
            guard environments.isEmpty, paths.isEmpty else {
                throw refuse(
                    "this bridge takes neither names nor paths", "leave them out: it has all its environments at once")
            }
            arguments = []
        case .checkout(let peer, let marker):
            guard environments.isEmpty else {
                throw refuse("this bridge takes no names", "leave them out: it has all its environments at once")
            }
            guard paths.count == 1 else {
                throw refuse(
                    "this bridge takes one path",
                    "give the folder of a checkout of \(peer), the one with \(marker) in it")
            }
            arguments = paths
        case .environments:
            guard !environments.isEmpty else {
                throw refuse(
                    "no environment is named", "name those that are installed beside the package, or lie in a path")
            }
            if let option = environments.first(where: { $0.hasPrefix("-") }) {
                throw refuse("\"\(option)\" is no name of an environment", "give names as verifiers knows them")
            }
            arguments = paths.flatMap { ["--path", $0] } + environments
        }
        arguments.insert(script(bridge.program), at: 0)
        // The order of sets must not differ between workers, and no worker may stop to ask a person something.
        let variables = ["PYTHONHASHSEED": "0", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"]
        return Command(python, arguments, variables: variables, purpose: "starting \(bridge.name)")
    }

    private func script(_ name: String) -> String { Self.path(scripts, "bridges", name) }

    private static func path(_ parts: String...) -> String {
        parts.reduce("") { $0.isEmpty ? $1 : $0.hasSuffix("/") ? $0 + $1 : "\($0)/\($1)" }
    }
}
