import WhetCore
import WhetProcess

/// A program that speaks the protocol "whet-environment", version 1 (docs/environments.md), and how it is to be run.
struct EnvironmentProgram: Hashable, Sendable {
    var command: ProcessCommand
    /// How many of it run at a time, each a process of its own.
    var workers: Int
    /// How many tasks or episodes one request holds at most.
    var batchSize: Int
    /// From a start to the answer to hello: imports may take long.
    var startLimit: Duration
    /// For one request, however many it holds. A worker that takes longer is killed.
    var requestLimit: Duration
    /// So many workers may fail within `restartWindow`. With the next, no other is started until the window has moved
    /// on, and where none lives any more all that waits fails.
    var maximumRestarts: Int
    var restartWindow: Duration
    /// A longer line from a worker ends it.
    var maximumLineBytes: Int

    init(
        _ command: ProcessCommand, workers: Int = 2, batchSize: Int = 64, startLimit: Duration = .seconds(120),
        requestLimit: Duration = .seconds(60), maximumRestarts: Int = 8, restartWindow: Duration = .seconds(60),
        maximumLineBytes: Int = 1 << 28
    ) {
        self.command = command
        self.workers = max(1, workers)
        self.batchSize = max(1, batchSize)
        self.startLimit = startLimit
        self.requestLimit = requestLimit
        self.maximumRestarts = max(0, maximumRestarts)
        self.restartWindow = restartWindow
        self.maximumLineBytes = max(1024, maximumLineBytes)
    }

    /// What messages call it.
    var place: String { "environment program \(command.words)" }
}
