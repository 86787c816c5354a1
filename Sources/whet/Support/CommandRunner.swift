import ArgumentParser
import Foundation
import WhetCore
import WhetEnvironments
import WhetTraining

/// The command line or a file that it names is wrong: exit code 2.
struct UsageError: Error {
    let error: WhetError
    init(_ error: WhetError) { self.error = error }
}

/// Runs one command line and tells its end in words and an exit code.
///
/// Keeps: programs and connections that the command's environments opened are closed when `run` returns.
enum CommandRunner {
    enum Code {
        static let success: Int32 = 0
        static let failure: Int32 = 1
        static let usage: Int32 = 2
        /// As a shell reports a program that Ctrl-C ended.
        static let interrupted: Int32 = 130
    }

    static func run(_ arguments: [String]) async -> Int32 {
        let output = StandardStream(1)
        let code = await Output.$standard.withValue(output) {
            await perform(CommandWords.joiningNegativeNumbers(arguments))
        }
        // A reader that has seen enough, as `head` has, is no failure.
        guard code == Code.success, let failure = output.failureCode, failure != EPIPE else { return code }
        let error = WhetError(
            "not all could be written: \(String(cString: strerror(failure)))", at: "standard output",
            remedy: WhetError.remedy(forSystem: failure))
        Output.complain("\(error)")
        return Code.failure
    }

    private static func perform(_ arguments: [String]) async -> Int32 {
        do {
            try CommandNames.check(arguments, against: Whet.self)
            let command = try await Whet.asyncParseAsRoot(arguments)
            try await EnvironmentResources.use { resources in
                try await EnvironmentResources.$ofCommand.withValue(resources) {
                    if var command = command as? any AsyncParsableCommand {
                        try await command.run()
                    } else {
                        var command = command
                        try command.run()
                    }
                }
            }
            return Code.success
        } catch {
            let end = outcome(of: error)
            if !end.message.isEmpty {
                if end.code == Code.success { Output.line(end.message) } else { Output.complain(end.message) }
            }
            return end.code
        }
    }

    /// What is said of an error, and the exit code that it ends with.
    static func outcome(of error: any Error) -> (message: String, code: Int32) {
        switch error {
        case let error as RecipeError: ("\(error)", Code.usage)
        case let error as UsageError: ("\(error.error)", Code.usage)
        case let error as WhetError: ("\(error)", Code.failure)
        case let code as ExitCode: ("", code.rawValue)
        case is CancellationError: ("stopped", Code.interrupted)
        default:
            switch Whet.exitCode(for: error) {
            case .success: (Whet.fullMessage(for: error), Code.success)
            case .validationFailure: (Whet.fullMessage(for: error), Code.usage)
            default: ("\(WhetError(unforeseen: error))", Code.failure)
            }
        }
    }
}

extension WhetError {
    /// An error that nobody put into words: the system's, of a file that it may name, or whatever it says of itself.
    fileprivate init(unforeseen error: any Error) {
        guard let code = error.systemCode else {
            self.init("\(error)")
            return
        }
        self.init(
            error.systemWords, at: (error as NSError).userInfo[NSFilePathErrorKey] as? String,
            remedy: Self.remedy(forSystem: code))
    }
}
