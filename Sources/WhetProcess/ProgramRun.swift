extension ProcessCommand {
    /// Runs the program to its end, with the rights that whet has: for programs that their user trusts.
    ///
    /// What it writes beyond `outputBytes`, to either of its outputs, or a longer time has it killed, with its whole
    /// process group; so has cancellation.
    ///
    /// - Throws: `WhetError` where it cannot be started; `CancellationError`, when it is gone.
    public func run(
        input: [UInt8] = [], wallTime: Duration, outputBytes: Int = 1 << 23
    ) async throws -> ProgramResult {
        let record = try await ProgramSession(self, input: input, wallTime: wallTime, outputBytes: outputBytes).run()
        let ending: ProgramResult.Ending
        switch record.ending {
        case .failedToStart(let error): throw error
        case .exited(let code): ending = .exited(code)
        case .signaled(let signal): ending = .signaled(signal)
        }
        return ProgramResult(
            ending: record.killed ?? ending, output: record.output, complaints: record.complaints,
            wallTime: record.wallTime)
    }
}
