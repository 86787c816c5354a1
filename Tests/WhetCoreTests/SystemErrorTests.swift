import Foundation
import Testing
import WhetCore

@Suite("What the system said")
struct SystemErrorTests {
    @Test("is found below Foundation's words, with what helps")
    func words() throws {
        let missing = #expect(throws: (any Error).self) { try Data(contentsOf: URL(filePath: "/nowhere/at/all")) }
        #expect(missing?.systemWords == "No such file or directory")
        #expect(missing?.systemCode == ENOENT)
        let full = WhetError("the file cannot be written", at: "a.txt", because: POSIXError(.ENOSPC))
        #expect(full.problem == "the file cannot be written: No space left on device")
        #expect(full.remedy?.contains("free some space") == true)
        #expect(WhetError("x", at: nil, because: POSIXError(.EROFS)).remedy?.contains("read-only") == true)
    }

    @Test("is nothing where something else failed")
    func others() {
        #expect(WhetError("a").systemCode == nil)
        #expect(WhetError.remedy(forSystem: nil) == nil && WhetError.remedy(forSystem: ENOENT) == nil)
    }

    @Test("a sentence leaves out what stands on lines of its own, and the place it stands in")
    func sentence() {
        let error = WhetError("it is gone", at: "here", expected: "it", suggestion: "there", remedy: "look")
        #expect(error.sentence() == #"here: it is gone (did you mean "there"?)"#)
        #expect(error.sentence(within: "here") == #"it is gone (did you mean "there"?)"#)
    }
}
