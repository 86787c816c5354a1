import Foundation
import Testing
import WhetCore

@Suite("Published policies")
struct PublicationTests {
    @Test("what lies in a directory says how servers get it")
    func tells() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "whet-publication-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        func directory(_ name: String, _ file: String, _ text: String) throws -> URL {
            let directory = folder.appending(path: name, directoryHint: .isDirectory)
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: directory.appending(path: file))
            return directory
        }
        let model = try directory("model", "config.json", "{}")
        #expect(try Publication(directory: model) == .directory(model))
        let adapter = try directory("adapter", "adapter_config.json", "{}")
        #expect(try Publication(directory: adapter) == .adapter(adapter))
        let remote = RemotePolicy(service: "http://host:1", path: "tinker://m/sampler_weights/1", baseModel: "base")
        let kept = try directory("remote", RemotePolicy.fileName, JSONValue(encoding: remote).text())
        #expect(try Publication(directory: kept) == .remote(remote))
        let broken = try directory("broken", RemotePolicy.fileName, "{\"service\": 1}")
        let error = #expect(throws: WhetError.self) { try Publication(directory: broken) }
        #expect(error?.place?.hasSuffix("remote.json") == true)
        let unseen = folder.appending(path: "elsewhere")
        #expect(try Publication(directory: unseen).kind == .directory)
    }
}
