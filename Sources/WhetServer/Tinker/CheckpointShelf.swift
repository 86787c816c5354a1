import Foundation
import WhetCore

/// The folder in which checkpoints lie: `MODEL/run.json`, `MODEL/weights/NAME/…`, `MODEL/sampler_weights/NAME/…`, and
/// beside a checkpoint's folder `NAME.json`, which says when it expires.
///
/// Keeps: a checkpoint is there whole or not at all, also after a kill; what is there outlives the server.
struct CheckpointShelf: Sendable {
    let root: URL

    /// What is known of a training run without its model being in memory.
    struct Run: Codable, Sendable {
        var baseModel: String
        var rank: Int
        var userMetadata: [String: String]
        var created: Date
    }

    /// A checkpoint that is there.
    struct Checkpoint: Sendable {
        let path: TinkerPath
        let created: Date
        let expires: Date?
        let bytes: Int
    }

    private struct Note: Codable {
        var expires: Date?
    }

    func directory(_ path: TinkerPath) -> URL {
        folder(path).appending(path: path.name, directoryHint: .isDirectory)
    }

    private func folder(_ path: TinkerPath) -> URL {
        root.appending(path: path.model).appending(path: path.kind.rawValue, directoryHint: .isDirectory)
    }

    private func note(_ path: TinkerPath) -> URL { folder(path).appending(path: ".\(path.name).json") }

    private func runFile(_ model: String) -> URL { root.appending(path: model).appending(path: "run.json") }

    func holds(_ path: TinkerPath) -> Bool {
        FileManager.default.fileExists(atPath: directory(path).appending(path: "config.json").path)
    }

    /// - Throws: `WhetError` when it is not there.
    func existing(_ path: TinkerPath) throws -> URL {
        guard holds(path) else {
            let names = list(path.model).map(\.path.description)
            throw WhetError(
                "there is no checkpoint \(path)", at: "path",
                expected: names.isEmpty ? nil : "one of \(names.joined(separator: ", "))",
                suggestion: path.description.nearest(among: names), remedy: "save_weights first; see its answer's path")
        }
        return directory(path)
    }

    /// Makes room for a checkpoint that `write` puts at its directory, whole or not at all.
    ///
    /// - Throws: `WhetError` when there is one of that name already; what `write` throws.
    func write(
        _ path: TinkerPath, run: Run, expires: Date?, overwrites: Bool = false, _ write: (URL) async throws -> Void
    ) async throws {
        guard overwrites || !holds(path) else {
            throw WhetError(
                "there is a checkpoint \(path) already", at: "path", expected: "a name that is free, or overwrite true")
        }
        try make(folder(path))
        if !FileManager.default.fileExists(atPath: runFile(path.model).path) {
            try put(run, at: runFile(path.model))
        }
        try await write(directory(path))
        try setExpiry(of: path, to: expires)
    }

    func setExpiry(of path: TinkerPath, to expires: Date?) throws {
        if expires != nil {
            try put(Note(expires: expires), at: note(path))
        } else {
            try? FileManager.default.removeItem(at: note(path))
        }
    }

    private func make(_ folder: URL) throws {
        do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
            throw WhetError("the folder of the checkpoints cannot be made", at: folder.path, because: error)
        }
    }

    private func put(_ value: some Encodable, at file: URL) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        do { try encoder.encode(value).write(to: file, options: .atomic) } catch {
            throw WhetError("the file cannot be written", at: file.path, because: error)
        }
    }

    private func read<Value: Decodable>(_ type: Value.Type, _ file: URL) -> Value? {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return (try? Data(contentsOf: file)).flatMap { try? decoder.decode(type, from: $0) }
    }

    /// What is known of a run of which there are checkpoints.
    func run(_ model: String) -> Run? { TinkerPath.isName(model) ? read(Run.self, runFile(model)) : nil }

    /// The runs of which there are checkpoints, the oldest first.
    var runs: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        let known = names.compactMap { name in run(name).map { (name, $0.created) } }
        return known.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    /// A run's checkpoints, the oldest first.
    func list(_ model: String) -> [Checkpoint] {
        guard TinkerPath.isName(model) else { return [] }
        let found = TinkerPath.Kind.allCases.flatMap { kind in
            let folder = root.appending(path: model).appending(path: kind.rawValue)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
            return names.compactMap { name in
                (try? TinkerPath(model: model, kind: kind, name: name)).flatMap(checkpoint)
            }
        }
        return found.sorted { ($0.created, $0.path.description) < ($1.created, $1.path.description) }
    }

    func checkpoint(_ path: TinkerPath) -> Checkpoint? {
        guard holds(path) else { return nil }
        let directory = directory(path)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        let attributes = { (file: URL) in try? FileManager.default.attributesOfItem(atPath: file.path) }
        let bytes = files.reduce(0) { sum, file in
            sum + ((attributes(directory.appending(path: file))?[.size] as? NSNumber)?.intValue ?? 0)
        }
        let config = directory.appending(path: "config.json")
        return Checkpoint(
            path: path, created: attributes(config)?[.modificationDate] as? Date ?? .distantPast,
            expires: read(Note.self, note(path))?.expires, bytes: bytes)
    }

    /// - Throws: `WhetError` when it is not there, or cannot be removed.
    func remove(_ path: TinkerPath) throws {
        let directory = try existing(path)
        // Renamed first, so that nobody ever sees half of it.
        let gone = folder(path).appending(path: ".\(path.name).\(UUID().uuidString).gone")
        do {
            try FileManager.default.moveItem(at: directory, to: gone)
            try? FileManager.default.removeItem(at: note(path))
            try FileManager.default.removeItem(at: gone)
        } catch { throw WhetError("the checkpoint cannot be removed", at: directory.path, because: error) }
    }

    /// Removes checkpoints whose time is up, and says which.
    func removeExpired(at now: Date) -> [TinkerPath] {
        runs.flatMap(list).filter { $0.expires.map { $0 <= now } ?? false }.map(\.path).filter {
            (try? remove($0)) != nil
        }
    }
}
