/// What became of a program that was run to its end.
public struct ProgramResult: Hashable, Sendable {
    public enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signaled(Int32)
        /// It was killed after the time that it had.
        case timedOut
        /// It was killed because it wrote more than it may.
        case outputOverflow
    }

    public var ending: Ending
    /// No more than was allowed, whole or not.
    package var output: [UInt8]
    package var complaints: [UInt8]
    package var wallTime: Duration

    package init(ending: Ending, output: [UInt8], complaints: [UInt8], wallTime: Duration) {
        self.ending = ending
        self.output = output
        self.complaints = complaints
        self.wallTime = wallTime
    }

    package var isSuccess: Bool { ending == .exited(0) }

    package var outputText: String { String(decoding: output, as: UTF8.self) }
    package var complaintText: String { String(decoding: complaints, as: UTF8.self) }

    /// How it ended, for a person, with the last line of its complaints.
    public var reason: String {
        let words =
            switch ending {
            case .exited(0): "it ended well"
            case .exited(let code): "it ended with exit status \(code)"
            case .signaled(24): "it used more processor time than it may"
            case .signaled(25): "it wrote a larger file than it may"
            case .signaled(let signal): "it was ended by signal \(signal)"
            case .timedOut: "it took longer than it may"
            case .outputOverflow: "it wrote more than it may"
            }
        guard ending != .exited(0) else { return words }
        let last = complaintText.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
        return last.map { "\(words): \($0.prefix(200))" } ?? words
    }
}
