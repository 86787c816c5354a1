import Foundation
import WhetCore
import WhetProcess
import WhetYAML

extension DeclaredProgram {
    /// - Parameters:
    ///   - section: the whole file.
    ///   - file: where it is: the program runs in the folder above that of the file, where `whet` is run too.
    /// - Returns: nil where a mistake was noted.
    init?(_ section: YAMLSection, file: URL) {
        let mistakes = section.mistakes
        let folder = file.absoluteURL.standardizedFileURL.deletingLastPathComponent()
        let outside = file.programFolder
        guard let tree = section["process"],
            let inner = YAMLSection(tree, "process", keys: DeclarationSchema.process, mistakes)
        else {
            if section["process"] == nil { section.missing("process", expected: "a mapping with a command") }
            return nil
        }
        let words = inner.texts("command") ?? []
        if words.first?.isEmpty ?? true {
            inner.missing("command", expected: "a program and its arguments, such as [python3, environments/sums.py]")
        }
        let isSandboxed = inner.flag("sandbox") ?? false
        let readable = inner.texts("readable") ?? [folder.path]
        if let tree = inner["readable"], !isSandboxed {
            mistakes.note(
                "this is for a sandbox", "process.readable", at: tree.place, expected: "sandbox: true beside it")
        }
        let variables = inner.variables
        let options = section.mapping("options") ?? [:]
        let seconds = 0.001...1_000_000
        let standard = EnvironmentProgram(ProcessCommand("", environment: [:]))
        name = DeclarationReader.name(section, file: file)
        summary = section.text("summary") ?? ""
        listedName = inner.text("environment") ?? name
        program = EnvironmentProgram(
            ProcessCommand(
                words.first ?? "", Array(words.dropFirst()), in: outside,
                environment: ProcessInfo.processInfo.environment.merging(variables) { $1 }),
            workers: inner.integer("workers", in: 1...1024) ?? standard.workers,
            batchSize: inner.integer("batch_size", in: 1...100_000) ?? standard.batchSize,
            startLimit: inner.number("start_seconds", in: seconds).map { .seconds($0) } ?? standard.startLimit,
            requestLimit: inner.number("request_seconds", in: seconds).map { .seconds($0) } ?? standard.requestLimit)
        self.variables = variables
        readableFolders =
            isSandboxed ? readable.map { $0.hasPrefix("/") ? $0 : "\(outside)/\($0)" } : nil
        self.options = options
        guard mistakes.isEmpty else { return nil }
    }
}

extension DeclaredServer {
    /// - Parameter section: the whole file.
    /// - Returns: nil where a mistake was noted.
    init?(_ section: YAMLSection, file: URL) {
        let mistakes = section.mistakes
        guard let tree = section["openenv"], let settings = section.mapping("openenv") else {
            if section["openenv"] == nil { section.missing("openenv", expected: "a mapping with servers") }
            return nil
        }
        name = DeclarationReader.name(section, file: file)
        summary = section.text("summary") ?? ""
        self.settings = settings
        place = tree.place.line.map { "\(mistakes.file):\($0)" } ?? mistakes.file
        do {
            maximumLevel = try OpenEnvSettings(settings, at: "openenv").maximumLevel
        } catch {
            // The place is "openenv, reward": the key, but for the comma.
            let error = error as? WhetError ?? WhetError("\(error)")
            let key = (error.place ?? "openenv").replacing(", ", with: ".")
            let member = tree.members?.first { "openenv.\($0.name)" == key || error.problem.contains("\"\($0.name)\"") }
            mistakes.note(error, key, at: member?.place ?? tree.place)
            return nil
        }
        guard mistakes.isEmpty else { return nil }
    }
}

extension YAMLSection {
    /// A mapping that somebody else reads.
    fileprivate func mapping(_ name: String) -> JSONObject? {
        guard let tree = self[name] else { return nil }
        return tree.value.object ?? wrong(tree, name, expected: "a mapping")
    }

    /// Names and texts under `variables`.
    fileprivate var variables: [String: String] {
        var variables: [String: String] = [:]
        for (name, value) in mapping("variables") ?? [:] {
            switch value {
            case .string(let text): variables[name] = text
            case .integer, .number: variables[name] = value.text()
            default:
                if let tree = self["variables"] {
                    _ = wrong(tree[name] ?? tree, "variables.\(name)", expected: "text") as String?
                }
            }
        }
        return variables
    }
}
