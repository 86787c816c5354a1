import Testing
import WhetCore

@testable import WhetServer

@Suite("Tinker: order of calls")
struct CallOrderTests {
    @Test("whatever order they come in, each is due once and in its turn", arguments: 0..<50)
    func shuffled(seed: Int) {
        var random = RandomStream(key: UInt64(seed))
        let numbers = Array(1...12).shuffled(using: &random)
        let refused = Set(numbers.prefix(seed % 4))
        var order = CallOrder<Int>()
        var due: [Int] = []
        for number in numbers {
            #expect(order.isFree(number))
            due += order.arrive(refused.contains(number) ? nil : number, number: number)
            #expect(!order.isFree(number))
        }
        #expect(due == (1...12).filter { !refused.contains($0) })
        #expect(!order.isWaiting && order.next == 13)
    }

    @Test("calls without a number are due at once; those that wait for one that never came can be taken")
    func gaps() {
        var order = CallOrder<String>()
        #expect(order.arrive("a", number: nil) == ["a"])
        #expect(order.arrive("c", number: 3).isEmpty)
        #expect(order.arrive("e", number: 5).isEmpty)
        #expect(order.arrive("b", number: nil) == ["b"])
        #expect(order.isWaiting)
        #expect(order.takeEarly() == ["c", "e"])
        #expect(!order.isFree(1))
        #expect(order.arrive("f", number: 6) == ["f"])
    }

    @Test(
        "paths of checkpoints",
        arguments: [
            "", "tinker://", "tinker://m/weights", "tinker://m/weights/", "tinker://m/weights/..", "http://m/weights/a",
            "tinker://m/optimizer/a", "tinker://m/weights/a/b", "tinker://../weights/a", "tinker://m/weights/.a",
            "tinker://m/weights/a b", "tinker://m/weights/" + String(repeating: "a", count: 129),
        ])
    func badPaths(text: String) {
        #expect(throws: WhetError.self) { try TinkerPath(parsing: text) }
    }

    @Test("a good path reads back as itself")
    func goodPath() throws {
        for text in ["tinker://model-1/weights/a.b_c-1", "tinker://m/sampler_weights/0001"] {
            #expect(try TinkerPath(parsing: text).description == text)
        }
    }
}
