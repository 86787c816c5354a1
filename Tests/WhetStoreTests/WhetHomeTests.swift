import Foundation
import Testing
import WhetCore

@testable import WhetStore

@Suite("WHET_HOME")
struct WhetHomeTests {
    let here = URL(filePath: "/work/somewhere", directoryHint: .isDirectory)

    @Test(
        "is ./runs unless it is set",
        arguments: [
            ([:], "/work/somewhere/runs"), (["WHET_HOME": ""], "/work/somewhere/runs"), (["WHET_HOME": "/a/b"], "/a/b"),
            (["WHET_HOME": "../c"], "/work/c"),
        ])
    func place(environment: [String: String], path: String) {
        let home = WhetHome(environment: environment, currentDirectory: here)
        #expect(home.storePath == path + "/whet.sqlite")
        #expect(home.directory(ofRun: "a").path == path + "/a")
    }

    @Test(
        "names runs by time and name",
        arguments: [
            ("sorting", "20261121-043000-sorting"), ("My Recipe (2).yaml", "20261121-043000-my-recipe-2-yaml"),
            ("", "20261121-043000"), ("日本", "20261121-043000"),
        ])
    func runID(name: String, id: String) throws {
        #expect(WhetHome.runID(name: name, date: Date(timeIntervalSince1970: 1_795_235_400)) == id)
        try WhetHome.check(runID: id)
    }

    @Test("is made with all folders above it, and made again without harm")
    func creation() async throws {
        let folder = try TemporaryFolder()
        let home = WhetHome(directory: folder.url.appending(path: "a/b/c"))
        #expect(throws: WhetError.self) { try home.openStore(readOnly: true) }
        for id in ["one", "two"] { try await home.openStore().begin(.sample(id: id)) }
        #expect(try await home.openStore(readOnly: true).runs().count == 2)
        let run = try home.createDirectory(ofRun: "one")
        #expect(try run.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true)
        #expect(throws: WhetError.self) { try home.createDirectory(ofRun: "../escape") }
    }

    @Test("that is a file, below a file, a dead link or not ours to write is refused in words")
    func refused() throws {
        let folder = try TemporaryFolder()
        try Data("x".utf8).write(to: folder.url.appending(path: "file"))
        try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "/nowhere/at/all")
        for name in ["file", "file/below", "link"] {
            let error = #expect(throws: WhetError.self) {
                try WhetHome(directory: folder.url.appending(path: name)).openStore()
            }
            #expect(error?.remedy?.contains("WHET_HOME") == true)
            #expect(error?.place?.hasPrefix(folder.url.path) == true)
        }
        #if os(Linux)
            // Nobody may make a folder in /proc, the superuser included.
            let error = #expect(throws: WhetError.self) {
                try WhetHome(directory: URL(filePath: "/proc/whet")).openStore()
            }
            #expect(error?.problem.contains("cannot be made") == true)
        #endif
    }

    @Test("lets one program at a time train a run, and the next once that has ended")
    func training() async throws {
        let folder = try TemporaryFolder()
        let home = WhetHome(directory: folder.url)
        try await home.training(run: "one") {
            let error = await #expect(throws: WhetError.self) { try await home.training(run: "one") {} }
            #expect(error?.problem == "the run is being trained already by process \(getpid())")
            #expect(error?.place == "one")
            // Another run is not in the way.
            try await home.training(run: "two") {}
        }
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await home.training(run: "one") { throw Failure() } }
        #expect(try await home.training(run: "one") { 7 } == 7)
    }
}
