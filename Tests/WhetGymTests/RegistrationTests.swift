import Foundation
import Testing
import WhetEnvironments
import WhetGym

@Suite("Gym.swift")
struct RegistrationTests {
    @Test("has every environment of the folders, by the name of its file", arguments: ["Environments", "Interactive"])
    func registration(folder: String) throws {
        let sources = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "../../Sources/WhetGym/\(folder)")
        let files = try FileManager.default.contentsOfDirectory(at: sources, includingPropertiesForKeys: nil)
        let written = try files.filter { file in
            let text = try String(contentsOf: file, encoding: .utf8)
            return text.contains(": ProceduralEnvironment {") || text.contains(": InteractiveEnvironment {")
        }.map { $0.deletingPathExtension().lastPathComponent }
        #expect(!written.isEmpty)
        for name in Set(written).subtracting(EnvironmentCatalog.gym.names).sorted() {
            Issue.record("\(folder)/\(name).swift is not in the catalog: add Entry(\(name).self) to Gym.swift")
        }
    }
}
