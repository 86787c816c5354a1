import Testing

@testable import WhetEngine

@Suite("Stop watcher")
struct StopWatcherTests {
    /// Token ids index these pieces of text.
    static let pieces = ["a", "b", "END", "EN", "D.", "é", "<|end|>"]
    static let bytes: GenerationEngine.TokenBytes = { token in
        switch token {
        case 100: [0xC3]
        case 101: [0xA9]
        default: Array(pieces[Int(token)].utf8)
        }
    }

    /// The first token that stops, and why.
    func stop(_ tokens: [Int32], strings: [String], stops: Set<Int32> = []) -> (Int, GenerationEngine.Stop)? {
        var watcher = StopWatcher(tokens: stops, strings: strings, bytes: StopWatcherTests.bytes)
        for (index, token) in tokens.enumerated() {
            if let stop = watcher.take(token) { return (index, stop) }
        }
        return nil
    }

    @Test("finds a string within a token and across tokens")
    func strings() {
        #expect(stop([0, 2, 1], strings: ["END"])! == (1, .string("END")))
        #expect(stop([0, 3, 4, 1], strings: ["END"])! == (2, .string("END")))
        #expect(stop([0, 3, 4], strings: ["bEND", "ND."])! == (2, .string("ND.")))
        #expect(stop([0, 3, 1, 4], strings: ["END"]) == nil)
    }

    @Test("of several strings the one that begins first counts")
    func severalStrings() {
        #expect(stop([2, 4], strings: ["D", "END"])! == (0, .string("END")))
        #expect(stop([3, 4], strings: ["D", "ND"])! == (1, .string("ND")))
    }

    @Test("a character split between tokens is found, half of one is not")
    func splitCharacter() {
        #expect(stop([0, 100, 101], strings: ["é"])! == (2, .string("é")))
        #expect(stop([100, 0, 101], strings: ["é"]) == nil)
    }

    @Test("tokens stop, also where no string is looked for")
    func tokens() {
        #expect(stop([0, 1, 6], strings: [], stops: [6])! == (2, .token(6)))
        #expect(stop([2], strings: ["END"], stops: [2])! == (0, .token(2)))
        #expect(stop([6], strings: ["<|end|>"])! == (0, .string("<|end|>")))
        #expect(stop([0, 1], strings: []) == nil)
    }
}
