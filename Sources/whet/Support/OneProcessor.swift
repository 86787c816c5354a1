import Foundation
import WhetCore

#if canImport(Glibc)
    import Glibc
#endif

/// One processor for a whole process, for measuring what it takes: util-linux' `taskset` does it.
enum OneProcessor {
    /// Begins this program anew, on that processor alone; does nothing once it runs there alone.
    ///
    /// Anew, because threads and their number are decided when a program starts.
    ///
    /// - Throws: `WhetError` when there is no `taskset`. A processor that there is not ends the program with its words.
    static func confine(to processor: Int) throws {
        guard allowed != "\(processor)" else { return }
        let words = arguments(processor, try executable, Array(CommandLine.arguments.dropFirst()))
        _ = words.withCStrings { execv("/usr/bin/env", $0) }
        throw WhetError(
            "this program cannot be confined to processor \(processor): \(String(cString: strerror(errno)))",
            remedy: "install util-linux, or leave it on all: --set processor=-1")
    }

    /// A command line that runs a program on one processor.
    static func arguments(_ processor: Int, _ executable: String, _ arguments: [String]) -> [String] {
        ["env", "taskset", "-c", "\(processor)", executable] + arguments
    }

    /// The file of this program.
    static var executable: String {
        get throws { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") }
    }

    /// The processors of this process as Linux writes them: "0-1".
    private static var allowed: String? { ProcessStatus["Cpus_allowed_list"] }
}

/// What Linux says of this process.
enum ProcessStatus {
    /// A line of /proc/self/status; nil where there is none.
    static subscript(name: String) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line.map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
    }

    /// The most memory that it has had at a time, in MiB; nil where nobody tells.
    static var peakMegabytes: Double? {
        self["VmHWM"].flatMap { $0.split(separator: " ").first }.flatMap { Double($0) }.map { $0 / 1024 }
    }

    /// Processor time of all its threads so far, in seconds.
    static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
