import Foundation
import WhetCore
import WhetEnvironments
import WhetGym
import WhetStore

/// Where `whet env` finds environments: the one place to add a kind of them.
enum EnvironmentSources {
    /// An environment and what people want to know of it before it is made.
    struct Source: Sendable {
        let entry: EnvironmentCatalog.Entry
        /// "gym", "game", "world", "yaml" or a bridge's name.
        let kind: String
        /// In one line; empty where nobody said it.
        var summary: String { entry.summary }
        /// The hardest level; nil where only trying tells.
        private(set) var maximumLevel: Int?

        init(_ entry: EnvironmentCatalog.Entry, kind: String) {
            self.entry = entry
            self.kind = kind
            maximumLevel = entry.maximumLevel
        }

        /// Has its program say the hardest level, where only that knows. One that cannot be started, or takes longer
        /// than `patience`, leaves it unknown: what is wrong is told to who uses it.
        func askingForLevels(within patience: Duration) async -> Source {
            guard maximumLevel == nil, let external = (try? environment()) as? any ExternalEnvironment else {
                return self
            }
            var source = self
            source.maximumLevel = await withTaskGroup(of: Int?.self) { group in
                group.addTask { try? await external.prepare() }
                group.addTask {
                    try? await Task.sleep(for: patience)
                    return nil
                }
                defer { group.cancelAll() }
                return await group.next() ?? nil
            }
            return source
        }

        /// - Throws: `UsageError` for an unknown option or a wrong value.
        func environment(options: JSONObject = EnvironmentOptions.noneGiven) throws -> any Environment {
            do {
                let environment = try entry.environment(options: options)
                try EnvironmentResources.ofCommand?.keep(environment)
                return environment
            } catch let error as WhetError {
                throw UsageError(error)
            }
        }

        /// Its program is started, or its server asked, so that what is wrong with it is told first.
        ///
        /// - Throws: as `environment`; `WhetError` where the program or server cannot be used.
        func prepared(options: JSONObject = EnvironmentOptions.noneGiven) async throws -> any Environment {
            let environment = try environment(options: options)
            if let external = environment as? any ExternalEnvironment { _ = try await external.prepare() }
            return environment
        }

        /// The levels from 0 up to `most` that there are.
        ///
        /// - Parameter environment: is asked where the catalog does not say.
        func levels(upTo most: Int, of environment: any Environment) async -> ClosedRange<Int> {
            if let maximumLevel { return 0...min(most, maximumLevel) }
            if let external = environment as? any ExternalEnvironment {
                // What is wrong with it shows with the first problem.
                return 0...min(most, max(0, (try? await external.prepare()) ?? 0))
            }
            var last = 0
            while last < most, (try? await environment.task(level: last + 1, seed: 0)) != nil { last += 1 }
            return 0...last
        }

        /// - Throws: `UsageError` where the catalog says that there is no such level.
        func check(_ levels: ClosedRange<Int>) throws {
            guard let maximumLevel, levels.upperBound > maximumLevel else { return }
            throw UsageError(
                WhetError(
                    "there is no level \(levels.upperBound)", at: "environment \(entry.name)",
                    expected: "0 to \(maximumLevel)"))
        }
    }

    struct Group: Sendable {
        let title: String
        fileprivate(set) var sources: [Source]
    }

    /// - Parameters:
    ///   - folder: where the files are that declare environments.
    ///   - home: where bridges are installed.
    ///   - resources: what closes programs and connections; those of the command, where there is one.
    static func groups(
        declaredIn folder: URL = URL(filePath: "environments"), home: WhetHome = .ofProcess,
        resources: EnvironmentResources = EnvironmentResources.ofCommand ?? EnvironmentResources()
    ) throws -> [Group] {
        let gym = EnvironmentCatalog.gym.entries
        let declared = try DeclaredEnvironments.catalogEntries(in: folder, catalog: .whet, resources: resources)
        let bridges = RepositoryFiles.scripts.map { scripts in
            InstalledBridge.all(home: home.directory.path, scripts: scripts.path)
        }
        let groups = [
            Group(
                title: "WhetGym: problems without end, generated natively after RLVE-Gym",
                sources: gym.filter { $0.procedural != nil }.map { Source($0, kind: "gym") }),
            Group(
                title: "Games: several turns, played against chance, a hidden world or an opponent",
                sources: gym.filter { $0.interactive != nil }.map { Source($0, kind: "game") }),
            Group(
                title: "Worlds: long tasks by calls of functions, checked on the state that they leave",
                sources: gym.filter { $0.procedural == nil && $0.interactive == nil }
                    .map { Source($0, kind: "world") }),
            Group(
                title: "Declared in \(folder.relativePath)/: in YAML alone, by a program or on a server",
                sources: declared.map { Source($0, kind: "yaml") }),
        ]
        let bridged = (bridges ?? []).map { bridge in
            Group(
                title: "By a bridge: \(bridge.installation.bridge.summary)",
                sources: bridge.entries(resources).map { Source($0, kind: bridge.installation.bridge.name) })
        }
        return (groups + bridged).filter { !$0.sources.isEmpty }
    }

    /// All of them; of two with one name the later.
    static func catalog() throws -> EnvironmentCatalog {
        EnvironmentCatalog(try groups().flatMap(\.sources).map(\.entry))
    }

    /// Of two with one name the later.
    ///
    /// - Throws: `WhetError` with the nearest name when there is none of that name.
    static func source(named name: String) throws -> Source {
        let sources = try groups().flatMap(\.sources)
        guard let source = sources.last(where: { $0.entry.name == name }) else {
            throw EnvironmentCatalog(sources.map(\.entry)).unknown(name)
        }
        return source
    }
}

extension [EnvironmentSources.Group] {
    /// Has those sources say their hardest level that alone know it, all at once.
    func askingForLevels(within patience: Duration) async -> [EnvironmentSources.Group] {
        var groups = self
        await withTaskGroup(of: (group: Int, place: Int, source: EnvironmentSources.Source).self) { tasks in
            for (group, sources) in groups.map(\.sources).enumerated() {
                for (place, source) in sources.enumerated() where source.maximumLevel == nil {
                    tasks.addTask { (group, place, await source.askingForLevels(within: patience)) }
                }
            }
            for await (group, place, source) in tasks { groups[group].sources[place] = source }
        }
        return groups
    }
}
