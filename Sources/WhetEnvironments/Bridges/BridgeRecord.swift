import Foundation
import WhetCore

/// What an installed bridge has: the workers that can be started, and what each said to hello when it was installed.
///
/// So that lists and recipes know its environments, levels and options without starting anything.
public struct BridgeRecord: Hashable, Sendable {
    /// A worker and its environments.
    public struct Worker: Hashable, Sendable {
        /// What it is started with, for a bridge that takes names.
        public let names: [String]
        /// The checkout, or the folders that environments are imported from.
        public let paths: [String]
        public let environments: [ProgramEnvironment]
        /// What it said, as it said it.
        let hello: JSONValue

        /// - Throws: `WhetError` for a hello that is none.
        init(names: [String], paths: [String], hello: JSONValue) throws {
            self.names = names
            self.paths = paths
            self.hello = hello
            environments = try ProgramEnvironment.list(hello)
        }
    }

    public var workers: [Worker]
    /// Whether its workers run in the sandbox.
    public var isSandboxed: Bool

    public init(workers: [Worker], isSandboxed: Bool) {
        self.workers = workers
        self.isSandboxed = isSandboxed
    }

    /// - Throws: `WhetError` where something is missing or of another type.
    init(json: JSONValue) throws {
        func texts(_ value: JSONValue, _ key: String) throws -> [String] {
            try value.required(key, "a list of texts") { list in
                list.array.flatMap { list in
                    let texts = list.compactMap(\.string)
                    return texts.count == list.count ? texts : nil
                }
            }
        }
        isSandboxed = try json.required("sandbox", "true or false", \.bool)
        workers = try json.required("workers", "a list", \.array).map { worker in
            try Worker(
                names: texts(worker, "names"), paths: texts(worker, "paths"),
                hello: worker.required("hello", "an object") { $0 })
        }
    }

    var json: JSONValue {
        [
            "sandbox": .bool(isSandboxed),
            "workers": .array(
                workers.map { worker in
                    [
                        "names": .array(worker.names.map(JSONValue.string)),
                        "paths": .array(worker.paths.map(JSONValue.string)),
                        "hello": worker.hello,
                    ]
                }),
        ]
    }

    /// Takes the place of workers that were started with the same names.
    public mutating func add(_ worker: Worker) {
        workers.removeAll { $0.names == worker.names }
        workers.append(worker)
    }
}

extension ProgramEnvironment {
    /// What its schema says may be set; nil where that is left open.
    var declaredOptions: [EnvironmentOption]? {
        guard !options.isEmpty else { return [] }
        guard let properties = options["properties"]?.object, options["additionalProperties"]?.bool != true else {
            return nil
        }
        return properties.sorted { $0.key < $1.key }.map { name, schema in
            let kind =
                schema["enum"]?.array.map { "one of \($0.map { $0.text() }.joined(separator: ", "))" }
                ?? schema["type"]?.string ?? "JSON"
            return EnvironmentOption(
                name, .json(kind), default: schema["default"] ?? .null, summary: schema["description"]?.string ?? "")
        }
    }
}
