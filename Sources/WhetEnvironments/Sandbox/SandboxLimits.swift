import WhetCore

/// How much a program in the sandbox may use.
///
/// Memory, files and processor time are bounded for each of its processes, and how many there may be is bounded, so all
/// of it uses at most their product.
struct SandboxLimits: Hashable, Sendable {
    /// From start to end. What takes longer is killed.
    var wallTime: Duration
    /// Of one process, in whole seconds, rounded up. A busy machine does not use it up, as it does wall time.
    var processorTime: Duration
    /// Address space of one process; interpreters that reserve much more than they use (Java, Node.js) need a lot.
    var memoryBytes: Int
    /// Processes and threads together.
    var processes: Int
    /// In `/tmp` and `/dev/shm`, each.
    var temporaryBytes: Int
    /// Of standard output and of standard error, each. What writes more is killed.
    var outputBytes: Int
    var openFiles: Int

    init(
        wallTime: Duration = .seconds(30), processorTime: Duration = .seconds(10), memoryBytes: Int = 1 << 30,
        processes: Int = 32, temporaryBytes: Int = 1 << 26, outputBytes: Int = 1 << 20, openFiles: Int = 256
    ) {
        self.wallTime = wallTime
        self.processorTime = processorTime
        self.memoryBytes = memoryBytes
        self.processes = processes
        self.temporaryBytes = temporaryBytes
        self.outputBytes = outputBytes
        self.openFiles = openFiles
    }

    static let standard = SandboxLimits()

    /// For a worker that lives as long as a run: its requests have time limits of their own.
    static let worker = SandboxLimits(
        processorTime: .seconds(100_000_000), memoryBytes: 1 << 33, processes: 64, temporaryBytes: 1 << 28,
        openFiles: 1024)

    /// What `prlimit` is told.
    var prlimitArguments: [String] {
        let (seconds, attoseconds) = processorTime.components
        return [
            "--cpu=\(max(1, attoseconds > 0 ? seconds + 1 : seconds))", "--as=\(memoryBytes)", "--nproc=\(processes)",
            "--fsize=\(temporaryBytes)", "--nofile=\(openFiles)", "--core=0", "--memlock=0", "--msgqueue=0",
        ]
    }
}
