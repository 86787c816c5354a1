import ArgumentParser
import Foundation
import WhetCore

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Look at this machine: what whet needs, what it has, how fast it computes.",
        discussion: "Exit code 1 if something is missing that whet needs.")

    @OptionGroup var home: HomeOptions
    @Flag(help: "One JSON object.") var json = false

    func run() async throws {
        let findings = await findings()
        let missing = findings.filter { $0.status == .missing }
        if json {
            Output.json(["findings": .array(findings.map(\.json)), "ready": .bool(missing.isEmpty)])
        } else {
            Output.text(Self.text(of: findings, on: .detect(1)))
        }
        if !missing.isEmpty { throw ExitCode(CommandRunner.Code.failure) }
    }

    private func findings() async -> [Finding] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return [Toolchain.finding(path: path)]
            + Libraries.findings(exists: FileManager.default.fileExists)
            + Processor.findings(
                cpuinfo: try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
                cores: ProcessInfo.processInfo.activeProcessorCount)
            + Products.findings()
            + [System.disk(home: home.home()), System.loopback(), System.openFiles()]
            + [await SandboxFinding.finding()]
            + [TrainerFinding.finding(home: home.home(), source: RepositoryFiles.torchTrainer)]
    }

    static func text(of findings: [Finding], on terminal: Terminal) -> String {
        let width = findings.map(\.name.count).max() ?? 0
        var lines: [String] = []
        var topic = ""
        for finding in findings {
            if finding.topic != topic { lines.append(terminal.styled(finding.topic, .bold)) }
            topic = finding.topic
            let mark =
                switch finding.status {
                case .good: terminal.styled("✓", .green)
                case .lacking: terminal.styled("–", .dim)
                case .missing: terminal.styled("✗", .red)
                }
            lines.append("  \(mark) \(finding.name.filled(to: width))  \(finding.found)")
            if let remedy = finding.remedy { lines.append("    \("".filled(to: width))  try: \(remedy)") }
        }
        let missing = findings.filter { $0.status == .missing }.map(\.name)
        lines.append(missing.isEmpty ? "ready" : "missing: \(missing.joined(separator: ", "))")
        return lines.joined(separator: "\n") + "\n"
    }
}
