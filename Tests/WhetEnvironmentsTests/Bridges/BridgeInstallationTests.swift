import Foundation
import Testing
import WhetCore

@testable import WhetEnvironments

@Suite struct BridgeInstallationTests {
    static let scripts = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "scripts").path

    func installation(_ name: String) throws -> BridgeInstallation {
        BridgeInstallation(try BridgeCatalog.bridge(named: name), home: "/home/runs/", scripts: Self.scripts)
    }

    @Test func namesAreUniqueAndMisspelledOnesGetTheNearest() throws {
        #expect(Set(BridgeCatalog.all.map(\.name)).count == BridgeCatalog.all.count)
        let error = #expect(throws: WhetError.self) { try BridgeCatalog.bridge(named: "reasoning-gim") }
        #expect(error?.suggestion == "reasoning-gym")
    }

    @Test(arguments: BridgeCatalog.all)
    func theFilesAreThereAndSayTheSame(bridge: Bridge) throws {
        let folder = Self.scripts + "/bridges/"
        let file = try String(contentsOfFile: folder + bridge.requirementsFile, encoding: .utf8)
        #expect(file.split(separator: "\n").map(String.init) == bridge.requirements)
        #expect(FileManager.default.fileExists(atPath: folder + bridge.program))
        // A version that moves would make other problems of the same seeds.
        #expect(bridge.requirements.contains { $0.contains("==") })
    }

    @Test func installationIsThreeStepsInOneFolder() throws {
        let installation = try installation("reasoning-gym")
        #expect(installation.folder == "/home/runs/bridges/reasoning-gym")
        let steps = installation.steps(python: "/usr/bin/python3")
        #expect(
            steps.map(\.executable) == [
                "/usr/bin/python3", "/usr/bin/python3", "/home/runs/bridges/reasoning-gym/bin/python",
            ])
        #expect(steps[0].arguments.last == "import sys; sys.exit(sys.version_info < (3, 11))")
        #expect(steps[1].arguments == ["-m", "venv", "--clear", "/home/runs/bridges/reasoning-gym"])
        #expect(steps[2].arguments.suffix(2) == ["-r", Self.scripts + "/bridges/reasoning-gym-requirements.txt"])
        #expect(installation.markerText == "reasoning-gym==0.1.25\n")
        #expect(installation.marker.hasPrefix(installation.folder + "/"))
    }

    @Test func workersAreStartedWithWhatTheyTake() throws {
        let gym = try installation("reasoning-gym").worker()
        #expect(gym.arguments == [Self.scripts + "/bridges/reasoning_gym_bridge.py"])
        #expect(gym.variables["PYTHONHASHSEED"] == "0")
        #expect(try installation("rlve-gym").worker(paths: ["/src/RLVE"]).arguments.dropFirst() == ["/src/RLVE"])
        let verifiers = try installation("verifiers").worker(environments: ["gsm8k", "wordle"], paths: ["/envs"])
        #expect(verifiers.arguments.dropFirst() == ["--path", "/envs", "gsm8k", "wordle"])
    }

    @Test func whatAWorkerDoesNotTakeIsRefused() throws {
        #expect(throws: WhetError.self) { try installation("reasoning-gym").worker(paths: ["/src"]) }
        #expect(throws: WhetError.self) { try installation("rlve-gym").worker() }
        #expect(throws: WhetError.self) { try installation("rlve-gym").worker(paths: ["/a", "/b"]) }
        #expect(throws: WhetError.self) {
            try installation("rlve-gym").worker(environments: ["Sorting"], paths: ["/a"])
        }
        #expect(throws: WhetError.self) { try installation("verifiers").worker(paths: ["/envs"]) }
        #expect(throws: WhetError.self) { try installation("verifiers").worker(environments: ["--path"]) }
    }
}
