import Testing

@testable import WhetGym

@Suite("Expressions")
struct ExpressionTests {
    @Test(
        "have the value that Python gives them",
        arguments: [
            ("1+2*3", 7), ("(1+2)*3", 9), ("2**3**2", 512), ("-2**2", -4), ("2**-1", 0.5), ("7//2", 3), ("-7//2", -4),
            ("7/2", 3.5),
            ("--3", 3), ("+-+3", -3), ("1.5+.5", 2), ("3.", 3), ("00", 0), (" 1 +\t2 ", 3), ("(1\n+2)", 3),
            ("-26//(2/3)", -40),
            ("10**30-10**30+1", 1), ("0**0", 1), ("19**63", 3.643148e80), ("(1-2)**3", -1),
        ])
    func evaluates(text: String, value: Double) throws {
        let result = try Expression.value(of: Array(text.utf8)).double
        #expect(abs(result - value) <= abs(value) * 1e-3)
    }

    @Test(
        "may be none",
        arguments: [
            "", "1+", "(1", "1)", "1 2", "01", "1/0", "1//0", "1/(2-2)", "0**-1", "3(4)", "()", ".", "1..2", "1\n+2",
            "*1", "1***2",
            "2.5**9999", String(repeating: "(", count: 10_000), String(repeating: "2**", count: 10_000) + "2",
        ])
    func refuses(text: String) {
        #expect(throws: Expression.Malformed.self) { try Expression.value(of: Array(text.utf8)) }
    }

    @Test("take no time however large their value")
    func survivesHugePowers() throws {
        #expect(try Expression.value(of: Array("9**9**9**9".utf8)).double.isInfinite)
        #expect(try Expression.value(of: Array((String(repeating: "-", count: 100_000) + "1").utf8)).double == 1)
    }
}
