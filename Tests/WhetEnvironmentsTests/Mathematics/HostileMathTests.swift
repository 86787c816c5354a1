import Testing
import WhetCore

@testable import WhetEnvironments

/// Input that means harm, or nothing: every pair must give a verdict.
@Suite("Hostile mathematics")
struct HostileMathTests {
    private func judge(_ gold: String, _ answer: String) -> Bool {
        MathematicalEquivalence.compare(gold: gold, answer: answer).isEquivalent
    }

    @Test(
        "deep nesting and endless chains",
        arguments: [
            ("(", ")"), ("{", "}"), ("[", "]"), ("|", "|"), (#"\{"#, #"\}"#), (#"\left("#, #"\right)"#),
            (#"\frac{"#, "}{2}"),
            (#"\sqrt{"#, "}"), (#"\boxed{"#, "}"), (#"\text{"#, "}"), (#"1\frac{1}{"#, "}"),
            (#"\begin{pmatrix}"#, #"\end{pmatrix}"#),
            ("-", ""), ("!", ""), ("2^", ""), ("9!", ""), (#"\sin "#, ""), ("1+", ""), ("1,", ""), ("$", ""),
            (#"\("#, ""), (#"\pm "#, ""),
            ("x=", ""), ("1<", ""), ("answer is ", ""), (#"\sum_{k=1}^{199}"#, ""), (#"\log_"#, ""), ("x'", ""),
            ("50%", ""),
        ])
    func nesting(open: String, close: String) {
        for count in [5, 40, 3000] {
            let opened = String(repeating: open, count: count)
            let closed = String(repeating: close, count: count)
            for text in ["\(opened)1\(closed)", "$\(opened)1\(closed)$", "\(opened)x", opened] {
                // No right answer may come out of it by falling apart.
                #expect(!judge("271828", text))
                _ = judge(text, text)
            }
        }
    }

    @Test("numbers that no machine holds")
    func hugeNumbers() {
        #expect(judge("9^9^9^9", "9^{9^{9^9}}"))
        #expect(!judge("9^9^9^9", "9^9^9"))
        #expect(!judge("9^9^9^9", "1"))
        let digits = String(repeating: "7", count: 100_000)
        #expect(judge(digits, "$\(digits)$"))
        #expect(judge(digits, "000\(digits)"))
        #expect(!judge(digits, digits + "7"))
        #expect(!judge(digits, "6" + digits.dropFirst()))
        #expect(!judge("1", "1e999999"))
        for text in [
            "10^{10^{10}}", "(1+x)^{1000000}", "100000!", "((9!)!)!", "2^{-9223372036854775808}",
            "x^{9223372036854775807}",
            #"(\sqrt2)^{9223372036854775807}"#, "(-8)^{99999999999/3}", #"\binom{100000}{50000}"#,
            "5_{99999999999999999999}",
            "(a+b+c+d+f+g+h+k)^{40}", #"(1+\frac{1}{10^{300}})^{10^{300}}"#,
        ] {
            #expect(!judge("5", text), "\(text)")
            #expect(judge(text, "$\(text)$"), "\(text)")
        }
    }

    @Test(
        "what has no value equals nothing",
        arguments: [
            #"\frac{1}{0}"#, "0^{-1}", #"\ln 0"#, #"\log_1 5"#, #"\sqrt[0]{2}"#, "5 \\bmod 0", #"\infty-\infty"#,
            "(-1)!", #"\arcsin 2"#,
        ])
    func undefined(text: String) {
        for gold in ["0", "1", "x", #"\infty"#, "(1,2)"] { #expect(!judge(gold, text), "\(gold)") }
    }

    @Test(
        "broken TeX and characters of every kind",
        arguments: [
            "", " ", "\\", "$", "$$", "{", "}", "()", "[]", "(,)", #"\frac"#, #"\frac{}{}"#, #"\sqrt[]{2}"#, #"\left"#,
            #"\begin"#,
            #"\begin{pmatrix}1&2\\3\end{pmatrix}"#, #"\begin{pmatrix}\end{pmatrix}"#, #"\boxed"#, #"\boxed{"#,
            #"\mathbb"#, #"\text{}"#,
            "..", "1..2", "e", "1e", "1e+", "😀", "\u{0}\u{1}\u{7F}", "\u{FFFD}", "٣", "|", "||", "½½", "√", "²", "_",
            "^", "'", "a_", "5_{0}",
            #"\max()"#, #"\mod"#, "x<", "<", "=", "==", ":", ";;", "&", #"\\"#, "(1,\\infty]", "[\\infty,-\\infty]",
        ])
    func broken(text: String) {
        #expect(!judge("271828", text))
        #expect(!judge(text, "271828"))
        _ = judge(text, text)
    }

    @Test("random pieces of TeX never crash, and verdicts do not change", arguments: 0..<8)
    func fuzz(seed: Int) {
        let pieces = [
            #"\frac"#, "{", "}", "(", ")", "[", "]", "|", "^", "_", "1", "9", "x", "y", "e", "i", #"\pi"#, #"\sqrt"#,
            #"\sin"#, #"\log"#, "+",
            "-", "*", "/", "=", "<", #"\le"#, ",", ";", #"\{"#, #"\}"#, #"\cup"#, #"\text{"#, "cm", "%", "!", ".", "$",
            #"\boxed{"#,
            #"\left"#, #"\begin{pmatrix}"#, #"\end{pmatrix}"#, "&", #"\\"#, #"\pm"#, #"\infty"#, " ", "0.",
            "answer is ", #"\overline{"#,
            "'", ":", #"\in"#, #"\sum_{k=1}^{5}"#, #"\binom"#, #"\ln"#, #"^\circ"#, "~", #"\,"#, "1,000", "²", "π",
            "\n",
        ]
        var random = RandomStream(seed: UInt64(seed), purpose: "math fuzz")
        for _ in 0..<500 {
            let gold = (0..<Int.random(in: 1...25, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            let answer = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            #expect(judge(gold, answer) == judge(gold, answer))
        }
    }

    @Test("random bytes as text", arguments: 0..<4)
    func bytes(seed: Int) {
        var random = RandomStream(seed: UInt64(seed), purpose: "math bytes")
        for _ in 0..<200 {
            let bytes = (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = String(decoding: bytes, as: UTF8.self)
            _ = judge("x+1", text)
            _ = judge(text, "$\(text)$")
        }
    }
}
