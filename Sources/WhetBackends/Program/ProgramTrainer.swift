import Foundation
import WhetCore

/// A trainer that is a program, whatever happens to its process.
///
/// Keeps: changes are made one at a time and in the order in which they were asked for; a process that dies is started
/// again, takes up the last checkpoint and repeats what came after it, so that nobody else learns of it but by
/// `notice`; what ends two processes one after the other is an error; a change that was given up (its task was
/// cancelled) is as if it had never been; after `close` nothing of it runs, and the exchange folder is gone.
actor ProgramTrainer {
    struct Settings: Sendable {
        var process: TrainerProcess.Settings
        /// Members of `load`, but for `batch` and `checkpoint`.
        var load: JSONObject
        /// Empty, or leftovers of a process that was killed.
        var exchange: URL
    }

    nonisolated let exchange: ExchangeFolder
    private let settings: Settings
    private let notice: @Sendable (String) -> Void
    private let turn = Turnstile(places: 1)
    private var process: TrainerProcess?
    /// Whether `process` has loaded what the journal says.
    private var isReady = false
    private var isClosed = false
    private var journal = TrainerJournal()
    private(set) var hello: TrainerHello?

    /// - Parameter notice: hears of deaths that were made good, a sentence each.
    init(_ settings: Settings, notice: @escaping @Sendable (String) -> Void) throws {
        self.settings = settings
        self.notice = notice
        exchange = try ExchangeFolder(settings.exchange)
    }

    deinit { process?.kill("was left behind") }

    /// Starts it and has it load the model.
    ///
    /// - Throws: `WhetError`, and nothing runs then.
    func start() async throws -> TrainerHello {
        do {
            return try await turn.pass {
                _ = try await self.ready()
                return try await self.introduction()
            }
        } catch {
            await close()
            throw plain(error)
        }
    }

    /// Asks for what changes nothing. Several such requests, and a change behind them, may be on their way at a time.
    func ask(_ method: String, _ members: JSONObject) async throws -> JSONValue {
        do {
            return try await twice {
                try await self.turn.pass { try await self.ready().send(method, members) }.result()
            }
        } catch {
            throw plain(error)
        }
    }

    /// Adds a batch's gradient. Its directory is the trainer's from here on.
    func forwardBackward(_ id: String, _ members: JSONObject, directory: URL) async throws -> JSONValue {
        var members = members
        members["batch"] = .string(id)
        members["directory"] = .string(directory.path)
        let entry = TrainerJournal.Entry(method: "forward_backward", members: members, directory: directory)
        return try await inTurn {
            do {
                let result = try await self.carryOut(entry)
                await self.didAdd(entry, isRepeated: result["repeated"]?.bool == true)
                return result
            } catch let refusal as TrainerRefusal {
                self.exchange.remove([directory])
                try await self.addAgain(refusal.dropped, because: refusal.error)
                throw refusal
            } catch {
                self.exchange.remove([directory])
                throw error
            }
        }
    }

    func optimizerStep(_ id: String, learningRate: Double) async throws -> JSONValue {
        let entry = TrainerJournal.Entry(
            method: "optimizer_step", members: ["batch": .string(id), "learning_rate": .number(learningRate)])
        return try await inTurn {
            do {
                let result = try await self.carryOut(entry)
                if result["repeated"]?.bool != true { await self.add(entry) }
                return result
            } catch let refusal as TrainerRefusal {
                await self.forget(refusal.dropped)
                throw refusal
            }
        }
    }

    func save(to directory: URL) async throws -> JSONValue {
        try await inTurn {
            let result = try await self.carryOut(self.change("save", ["directory": .string(directory.path)]))
            await self.begin(at: directory)
            return result
        }
    }

    func export(to directory: URL) async throws -> JSONValue {
        try await inTurn {
            try await self.carryOut(self.change("export", ["directory": .string(directory.path)]))
        }
    }

    func load(from directory: URL) async throws -> JSONValue {
        var members = settings.load
        members["checkpoint"] = .string(directory.path)
        let entry = change("load", members)
        return try await inTurn {
            do {
                let result = try await self.carryOut(entry)
                await self.begin(at: directory)
                return result
            } catch let refusal as TrainerRefusal {
                // A load that fails may leave no policy. The next request finds it as it was before.
                await self.abandon("was told to load what it could not")
                throw refusal
            }
        }
    }

    /// Ends the program, if need be by force, and removes the exchange folder. What waits fails.
    func close() async {
        isClosed = true
        await process?.end()
        exchange.remove()
    }
}

// MARK: Changes, in their turn

extension ProgramTrainer {
    private func inTurn(_ body: @Sendable () async throws -> JSONValue) async throws -> JSONValue {
        do { return try await turn.pass(body) } catch { throw plain(error) }
    }

    /// A change that no batch names: under an id that was never used.
    private nonisolated func change(_ method: String, _ members: JSONObject) -> TrainerJournal.Entry {
        var members = members
        members["batch"] = .string("\(method)-\(UUID().uuidString)")
        return TrainerJournal.Entry(method: method, members: members)
    }

    /// Sends it until it is answered, at most to two processes.
    private func carryOut(_ entry: TrainerJournal.Entry) async throws -> JSONValue {
        do {
            return try await twice { try await self.ready().send(entry.method, entry.members).result() }
        } catch let error as CancellationError {
            // Nobody knows whether it is done. What the journal says is true of a process that starts anew.
            abandon("was interrupted")
            throw error
        }
    }

    private nonisolated func twice<Value>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        do { return try await body() } catch is TrainerDeath {}
        do { return try await body() } catch var death as TrainerDeath {
            death.error.problem += ", as the process before it did at the same request"
            throw death
        }
    }

    private func add(_ entry: TrainerJournal.Entry) { journal.add(entry) }

    private func didAdd(_ entry: TrainerJournal.Entry, isRepeated: Bool) {
        // What was done before has its directory in the journal, or is in the checkpoint.
        if isRepeated { exchange.remove([entry.directory].compactMap(\.self)) } else { journal.add(entry) }
    }

    private func begin(at checkpoint: URL) { exchange.remove(journal.begin(at: checkpoint)) }

    private func forget(_ dropped: [String]) { exchange.remove(journal.forget(dropped)) }

    /// Gives back the gradients that waited when a batch failed, so that they wait as if nothing had been.
    private func addAgain(_ dropped: [String], because error: WhetError) async throws {
        for entry in journal.waiting(dropped) {
            do { _ = try await carryOut(entry) } catch let refusal as TrainerRefusal {
                let gone = dropped + refusal.dropped
                forget(gone)
                var error = error
                error.problem += "; the gradients of \(gone.joined(separator: ", ")) are gone, too"
                    + " (\(refusal.error.problem))"
                throw error
            }
        }
    }

    private func abandon(_ reason: String) { process?.kill(reason) }
}

// MARK: Processes

extension ProgramTrainer {
    private func introduction() throws -> TrainerHello {
        guard let hello else { throw closed }
        return hello
    }

    private var closed: WhetError {
        WhetError("the trainer was closed", at: settings.process.command.words)
    }

    /// The process, alive and with the weights that the journal tells of.
    private func ready() async throws -> TrainerProcess {
        guard !isClosed else { throw closed }
        if let process, process.isAlive, isReady { return process }
        if let process {
            await process.end()
            if let death = process.death {
                notice(
                    "\(death.error.problem); it is started again and goes on from "
                        + (journal.checkpoint?.lastPathComponent ?? "the model as it was")
                        + (journal.entries.isEmpty ? "" : ", repeating \(journal.entries.count) requests since"))
            }
        }
        guard !isClosed else { throw closed }
        isReady = false
        let process = try TrainerProcess(settings.process)
        self.process = process
        do {
            try await prepare(process)
        } catch {
            process.kill("could not be prepared")
            await process.end()
            throw error
        }
        isReady = true
        return process
    }

    private func prepare(_ process: TrainerProcess) async throws {
        let introduction: JSONObject = [
            "protocol": .string(TrainerHello.protocolName), "version": .integer(TrainerHello.version),
        ]
        let hello: TrainerHello
        do {
            hello = try TrainerHello(try await process.send("hello", introduction).result())
        } catch let error as WhetError {
            throw error.within(process.place)
        }
        let weights = settings.load["weights"]?["kind"]?.string ?? "full"
        try hello.check(weights: weights, dtype: settings.load["dtype"]?.string ?? "float32")
        self.hello = hello
        var members = change("load", settings.load).members
        members["checkpoint"] = journal.checkpoint.map { .string($0.path) } ?? .null
        _ = try await process.send("load", members).result()
        for entry in journal.entries {
            do {
                _ = try await process.send(entry.method, entry.members).result()
            } catch var refusal as TrainerRefusal {
                let problem = refusal.error.problem
                refusal.error.problem = "what was done since the last checkpoint cannot be repeated: \(problem)"
                throw refusal
            }
        }
    }

    private nonisolated func plain(_ error: any Error) -> any Error {
        switch error {
        case let refusal as TrainerRefusal: refusal.error
        case let death as TrainerDeath: death.error
        default: error
        }
    }
}
