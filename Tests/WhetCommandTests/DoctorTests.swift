import Foundation
import Testing
import WhetCore
import WhetStore

@testable import whet

@Suite("The doctor")
struct DoctorTests {
    @Test("names the package of each library that is missing")
    func missing() {
        let findings = Libraries.findings(exists: { _ in false })
        #expect(findings.count == Libraries.all.count)
        #expect(findings.allSatisfy { $0.remedy?.hasPrefix("apt-get install ") == true })
        #expect(findings.filter { $0.status == .missing }.map(\.name) == ["simdjson", "curl", "sqlite3"])
        let text = DoctorCommand.text(of: findings, on: Terminal(isTerminal: false, columns: 0, environment: [:]))
        #expect(text.hasSuffix("missing: simdjson, curl, sqlite3\n"))
    }

    @Test("finds headers in the include folders")
    func found() {
        let places: Set = ["/usr/include/x86_64-linux-gnu/curl/curl.h", "/opt/include/sqlite3.h"]
        #expect(Libraries.findings(exists: places.contains).filter { $0.status == .good }.map(\.name) == ["curl"])
    }

    @Test("runs a program in the sandbox, and says what to install where that fails")
    func sandbox() async {
        let good = await SandboxFinding.finding { () }
        #expect(good.status == .good)
        let error = WhetError("there is no bwrap", remedy: "apt-get install bubblewrap")
        let finding = await SandboxFinding.finding { throw error }
        #expect(finding.status == .lacking)
        #expect(finding.found.hasPrefix("there is no bwrap"))
        #expect(finding.remedy == "apt-get install bubblewrap")
        let other = await SandboxFinding.finding { throw CancellationError() }
        #expect(other.remedy?.contains("bubblewrap") == true)
    }

    @Test("reads the instruction sets of a processor")
    func processor() {
        let cpuinfo =
            "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\nflags\t\t: fpu sse2 avx2 fma avx512f amx_bf16x\n"
        let findings = Processor.findings(cpuinfo: cpuinfo, cores: 2)
        #expect(
            findings.map(\.found) == [
                "2 × Some CPU @ 2.0GHz", "avx2, fma, avx512f; not avx512_bf16, amx_tile, amx_bf16",
            ])
        #expect(Processor.findings(cpuinfo: nil, cores: 3).map(\.figure) == [3])
        #expect(Processor.findings(cpuinfo: "", cores: 1).count == 2)
    }

    @Test("tells a port that is taken from one that is free")
    func ports() throws {
        let port = try System.bindLoopback(port: 0)
        #expect(port > 0)
        #expect(System.loopback().status == .good)
    }

    @Test("looks at the disk of the nearest folder there is")
    func disk() {
        let finding = System.disk(home: WhetHome(directory: URL(filePath: "/nowhere/at/all")))
        #expect((finding.figure ?? 0) > 0)
        #expect(finding.found.contains("/nowhere/at/all"))
    }
}
