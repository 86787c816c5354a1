import Foundation
import Synchronization

/// The processes that there are, seen from outside.
struct ProcessTable {
    private static func text(_ path: String) -> String {
        // Files of /proc have no length, which some ways of reading ask for.
        guard let file = FileHandle(forReadingAtPath: path) else { return "" }
        return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    }

    private let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int($0) } ?? []

    var commands: [String] { numbers.map { Self.text("/proc/\($0)/cmdline") } }

    /// Of all processes that this one has started, and those have: memory that no file stands behind.
    var memoryOfDescendants: Int { descendants.map(Self.privateBytes).reduce(0, +) }

    /// The same of all memory; what processes share counts once (proportional set size).
    var proportionalMemoryOfDescendants: Int {
        descendants.map { Self.kilobytes(["Pss:"], in: Self.text("/proc/\($0)/smaps_rollup")) }.reduce(0, +) << 10
    }

    private var descendants: [Int] {
        var parents: [Int: Int] = [:]
        for number in numbers {
            let fields = Self.text("/proc/\(number)/stat").split(separator: ")").last?.split(separator: " ") ?? []
            if fields.count > 1 { parents[number] = Int(fields[1]) }
        }
        let own = Int(ProcessInfo.processInfo.processIdentifier)
        func descends(_ number: Int) -> Bool {
            var next = parents[number]
            while let parent = next, parent > 1 {
                if parent == own { return true }
                next = parents[parent]
            }
            return false
        }
        return numbers.filter(descends)
    }

    private static func privateBytes(_ number: Int) -> Int {
        kilobytes(["RssAnon:", "RssShmem:"], in: text("/proc/\(number)/status")) << 10
    }

    private static func kilobytes(_ names: [String], in text: String) -> Int {
        text.split(separator: "\n")
            .filter { line in names.contains { line.hasPrefix($0) } }
            .compactMap { Int($0.split(whereSeparator: \.isWhitespace)[1]) }
            .reduce(0, +)
    }
}

/// Looks again and again how much memory the processes that this one started have.
final class MemoryWatch: Sendable {
    private let most = Atomic<Int>(0)

    var largest: Int { most.load(ordering: .relaxed) }

    /// Until the task is cancelled.
    func watch() async {
        while !Task.isCancelled {
            most.max(ProcessTable().memoryOfDescendants, ordering: .relaxed)
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}
