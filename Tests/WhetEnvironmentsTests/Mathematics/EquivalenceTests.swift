import Testing

@testable import WhetEnvironments

/// Pairs by kind, each checked with its reason at hand.
@Suite("Mathematical equivalence")
struct EquivalenceTests {
    private func expect(
        _ isEquivalent: Bool, _ pairs: [(String, String)], location: SourceLocation = #_sourceLocation
    ) {
        for (gold, answer) in pairs {
            let comparison = MathematicalEquivalence.compare(gold: gold, answer: answer)
            #expect(
                comparison.isEquivalent == isEquivalent, "\(gold) and \(answer): \(comparison.reason)",
                sourceLocation: location)
            #expect(!comparison.reason.isEmpty)
        }
    }

    @Test("numbers")
    func numbers() {
        expect(
            true,
            [
                (#"\frac12"#, "0.5"), (#"\frac{1}{2}"#, "2/4"), (#"\dfrac{27}{60}"#, #"\tfrac{9}{20}"#),
                ("3\\frac12", "7/2"),
                ("-3\\frac{1}{2}", "-3.5"), (#"\frac{7}{2}"#, "3 1/2"), ("0.5", ".5"), ("9", "9.000"), ("007", "7"),
                (#"\frac13"#, "0.333333"), (#"\frac13"#, #"0.\overline{3}"#), (#"\frac{1}{6}"#, #"0.1\overline{6}"#),
                ("1000000", "10^6"), ("300000", #"3\times10^5"#), ("300000", "3e5"), ("0.03", #"3\times 10^{-2}"#),
                ("120", "5!"), ("10", #"\binom{5}{2}"#), ("3", #"\lfloor 3.7 \rfloor"#), ("½", "0.5"), ("2^10", "2¹⁰"),
                ("5", "+5"), ("0", "-0"), ("15", #"\sum_{k=1}^{5} k"#), ("24", #"\prod_{k=1}^{4} k"#),
                ("4", #"\gcd(8, 12)"#),
                ("1", #"10 \bmod 3"#), ("2^{100}", "1267650600228229401496703205376"), ("−5", "-5"), ("15", "3·5"),
            ])
        expect(
            false,
            [
                (#"\frac12"#, "0.51"), ("9", "90"), ("9.20", "9.21"), (#"\frac13"#, "0.33"), ("1", "0.9999999"),
                ("2^{100}", "1267650600228229401496703205377"), ("0.00000001", "0.00000002"),
                (#"\frac{1}{23}"#, #"\frac{12}{3}"#),
                ("12", "1 2"), ("x^{1}0", "x^{10}"), ("5", "-5"),
            ])
    }

    @Test("thousands and tuples")
    func thousands() {
        expect(
            true,
            [
                ("1000", "1,000"), ("1,000", "1000"), ("1000000", "1{,}000{,}000"), ("12345.5", "12,345.5"),
                ("1000", #"1\,000"#),
                ("1000", "1 000"), ("(1,0)", "(1,000)"), ("1,2,300", "300, 1, 2"), (#"\$1,000"#, "1000"),
            ])
        expect(false, [("9", "9,000"), ("1000", "1, 000"), ("1000", "(1,000)"), ("1000", "1")])
    }

    @Test("roots, powers, constants")
    func constants() {
        expect(
            true,
            [
                (#"9\sqrt{20}"#, #"\sqrt{1620}"#), (#"2\sqrt2"#, #"\sqrt8"#),
                (#"\frac{1}{\sqrt2}"#, #"\frac{\sqrt2}{2}"#),
                (#"\frac{1}{1+\sqrt2}"#, #"\sqrt2-1"#), (#"\sqrt{3+2\sqrt2}"#, #"1+\sqrt2"#),
                (#"2\sqrt[3]{2}"#, #"16^{1/3}"#),
                (#"\sqrt[3]{-8}"#, "-2"), (#"\sqrt2\sqrt3"#, #"\sqrt6"#), (#"\pi"#, "3.141593"), (#"2\pi"#, "2pi"),
                (#"\frac{\pi}{2}"#, "π/2"), ("e^2", #"\exp(2)"#), (#"\ln 6"#, #"\ln 2+\ln 3"#), (#"\log_2 8"#, "3"),
                (#"\log_4 8"#, #"\frac32"#), (#"\log 100"#, "2"), (#"\ln e^2"#, "2"), (#"\sin 30^\circ"#, #"\frac12"#),
                (#"\tan^{-1} 1"#, #"\frac{\pi}{4}"#), (#"\sin\frac{\pi}{3}"#, #"\frac{\sqrt3}{2}"#), ("|-3|", "3"),
                ("√8", "2√2"),
            ])
        expect(
            false,
            [
                (#"\pi"#, "3.14"), (#"\sqrt2"#, "1.41"), (#"2\sqrt2"#, #"2\sqrt3"#), ("e", #"\pi"#),
                (#"\log 5"#, #"\ln 5"#),
                (#"\sqrt{10^{20}+1}"#, "10^{10}"), (#"\sqrt2"#, #"\frac{99}{70}"#),
            ])
    }

    @Test("complex numbers")
    func complexNumbers() {
        expect(
            true,
            [
                ("2i+3", "3+2i"), ("i^2", "-1"), (#"\frac{1}{1+i}"#, #"\frac{1-i}{2}"#), (#"e^{i\pi}"#, "-1"),
                (#"\sqrt{-4}"#, "2i"), ("|3+4i|", "5"), ("(1+i)^4", "-4"),
            ])
        expect(false, [("3+2i", "3-2i"), ("i", "1"), ("i", "-i")])
    }

    @Test("terms")
    func terms() {
        expect(
            true,
            [
                ("x^2+2x+1", "(x+1)^2"), ("9x+20", "20+9*x"), (#"\frac{x^2-1}{x-1}"#, "x+1"), ("a/b", #"\frac{a}{b}"#),
                (#"\frac{1}{x}+\frac{1}{y}"#, #"\frac{x+y}{xy}"#), (#"\cos^2 x+\sin^2 x"#, "1"),
                (#"\sin 2x"#, #"2\sin x\cos x"#),
                ("e^{x+y}", "e^xe^y"), ("2^{n+1}", #"2\cdot2^n"#), ("4^n", "2^{2n}"), ("|x-1|", "|1-x|"),
                (#"\sqrt{x^2}"#, "|x|"),
                ("n!", "n(n-1)!"), (#"\binom{n}{2}"#, #"\frac{n(n-1)}{2}"#), ("x_1+x_2", "x_{2}+x_1"), ("X+1", "x+1"),
                (#"\frac{1}{2x}"#, "1/2x"), (#"\alpha+1"#, "1+α"), ("0.5x", #"\frac{x}{2}"#), ("3km^2", "3m^2k"),
            ])
        expect(
            false,
            [
                ("x^2-81", "x^2+81"), ("x+1", "y+1"), (#"\sqrt{x^2}"#, "x"), ("x^2", "2x"), ("R^2-r^2", "0"),
                ("(x+1)^2", "x^2+1"),
                ("x+10^{-20}", "x"), (#"\sin x"#, #"\cos x"#), ("x_1", "x_2"),
            ])
    }

    @Test("tuples, sets, intervals")
    func collections() {
        expect(
            true,
            [
                ("(9,20)", #"\left(9, 20\right)"#), (#"\{9,29\}"#, #"\{29,9\}"#), (#"\{9,29\}"#, "9, 29"),
                ("1,2,3", "3,2,1"),
                ("(1,2)", "1,2"), (#"\{1,1,2\}"#, #"\{1,2\}"#), ("[9,29)", #"\left[9,29\right)"#),
                (#"(-\infty,2)"#, "x<2"),
                (#"[1,2]\cup[2,3]"#, "[1,3]"), (#"(-\infty,2)\cup(3,\infty)"#, #"(3,\infty)\cup(-\infty,2)"#),
                ("[1,2]", "1≤x≤2"),
                (#"\mathbb{R}\setminus\{3\}"#, #"(-\infty,3)\cup(3,\infty)"#),
                (#"x\neq 3"#, #"(-\infty,3)\cup(3,\infty)"#),
                (#"x\in\{1,2\}"#, #"\{2,1\}"#), (#"\{x \mid x>3\}"#, #"(3,\infty)"#), (#"\emptyset"#, #"\{\}"#),
                ("1,2", "$1$ and $2$"),
                (#"1\pm\sqrt2"#, #"1+\sqrt2, 1-\sqrt2"#), (#"\pm3"#, "3,-3"), ("(1,2)", "x=1, y=2"),
                (#"\langle 1,2\rangle"#, "(1,2)"),
                (#"x>1 \text{ or } x<0"#, #"(-\infty,0)\cup(1,\infty)"#), (#"[0,\sqrt2]"#, #"[0,1.414214]"#),
                ("(a,b]", "(a,b]"),
            ])
        expect(
            false,
            [
                ("(9,20)", "(20,9)"), ("(9,20)", "[9,20]"), ("[9,29)", "(9,29)"), (#"\{9,29\}"#, #"\{9\}"#),
                ("(1,2)", "2,1"),
                ("1,2", "1"), (#"\pm 3"#, "3"), (#"(-\infty,2)\cup(3,\infty)"#, #"(-\infty,2]\cup(3,\infty)"#),
                ("(1,2,3)", "(1,2)"),
                (#"\emptyset"#, "0"), (#"\infty"#, #"-\infty"#), ("[1,2]", "[1,2.5]"),
            ])
    }

    @Test("matrices")
    func matrices() {
        expect(
            true,
            [
                (#"\begin{pmatrix} 9 \\ 20 \end{pmatrix}"#, #"\begin{bmatrix} 9 \\ 20 \end{bmatrix}"#),
                (#"\frac12\begin{pmatrix} 1 \\ 2 \end{pmatrix}"#, #"\begin{pmatrix} 0.5 \\ 1 \end{pmatrix}"#),
                ("-2", #"\begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix}"#),
                (#"\begin{pmatrix}1&1\\1&0\end{pmatrix}^2"#, #"\begin{pmatrix}2&1\\1&1\end{pmatrix}"#),
                (#"\begin{pmatrix}2&0\\0&4\end{pmatrix}^{-1}"#, #"\begin{pmatrix}\frac12&0\\0&\frac14\end{pmatrix}"#),
                (#"\begin{pmatrix}1\\2\end{pmatrix}"#, #"\begin{pmatrix}1&2\end{pmatrix}^T"#),
            ])
        expect(
            false,
            [
                (#"\begin{pmatrix} 9 \\ 20 \end{pmatrix}"#, #"\begin{pmatrix} 20 \\ 9 \end{pmatrix}"#),
                (#"\begin{pmatrix} 1 & 2 \end{pmatrix}"#, #"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"#),
                (#"\begin{pmatrix} 1 & 2 \end{pmatrix}"#, "12"),
            ])
    }

    @Test("equations and inequalities")
    func relations() {
        expect(
            true,
            [
                ("9", "$x=9$"), ("x=5", "5"), ("x=5", "5=x"), ("y=2x+3", "2x+3"), ("2x+3", "f(x)=2x+3"),
                ("x=9", "$x = 3+6 = 9$"),
                ("9", "$9 = x$"), ("x+y=1", "2x+2y=2"), ("3x+2y=6", #"y=-\frac32x+3"#), ("xy=1", #"y=\frac1x"#),
                ("x<5", "5>x"),
                ("-x<5", "x>-5"), ("x>1", "2x>2"), ("1<x<2", "2>x>1"), (#"x \leq 9"#, #"9 \geq x"#),
                ("x=1,y=2", "y=2,x=1"),
                (#"x=\pm2"#, "2,-2"), (#"\pi"#, #"\pi \approx 3.14"#), (#"\sqrt2 x=2"#, #"x=\sqrt2"#), ("f(2)=5", "5"),
            ])
        expect(
            false,
            [
                ("x=5", "y=5"), ("x=5", "x=6"), (#"x \leq 9"#, "x<9"), ("x<9", "x>9"), ("2x+z=1", "1"),
                ("x+y=1", "x-y=1"),
                ("x=5", "x<5"), ("x<1", "-x<-1"), ("x^2=4", "x=2"),
            ])
    }

    @Test("percent, units, degrees, bases, money")
    func decoration() {
        expect(
            true,
            [
                (#"9\%"#, "0.09"), (#"9\%"#, "9"), ("9", "$9%$"), ("50 percent", "1/2"), ("5", #"5\text{ cm}"#),
                ("5", "5 cm"),
                ("5", "5 apples"), (#"5\text{ m}^2"#, "5"), ("5", #"5\,\mathrm{m/s}"#),
                (#"5\text{ cm}"#, #"50\text{ mm}"#),
                (#"30^\circ"#, "30"), (#"30^\circ"#, #"\frac{\pi}{6}"#), ("30", "30 degrees"), ("101_2", "101_{2}"),
                ("101_2", "101"),
                ("101_2", "12_3"), (#"\$5.00"#, "5"), ("5", "€5"), ("-9%", "-0.09"),
            ])
        expect(
            false,
            [
                (#"9\%"#, "0.9"), (#"5\text{ cm}"#, #"5\text{ m}"#), (#"5\text{ cm}"#, #"5\text{ kg}"#), ("101_2", "5"),
                ("101_2", "101_3"),
                (#"30^\circ"#, "31"), (#"9\%"#, #"900\%"#),
            ])
    }

    @Test("words and choices")
    func words() {
        expect(
            true,
            [
                (#"\text{Tuesday}"#, "$Tuesday$"), (#"\text{Tuesday}"#, "Tuesday"),
                (#"\text{no solution}"#, #"\text{No solution}"#),
                ("C", "(C)"), ("C", #"\textbf{(C)}"#), ("C", #"\text{C}"#), ("C", "C) 42"), ("C", "The answer is C."),
                ("42", "The correct answer is (B) 42"), (#"\textbf{(C)}\ 42"#, "42"),
                (#"\textbf{(C)}\ 42"#, "C"),
            ])
        expect(
            false,
            [
                (#"\text{Tuesday}"#, #"\text{Monday}"#), ("C", "D"), ("C", #"\textbf{(D)}"#), ("C", "(A)"),
                (#"\text{even}"#, "4"),
            ])
    }

    @Test("the answer within a reply")
    func replies() {
        expect(
            true,
            [
                ("9", "The answer is 9."), ("9", "**Answer:** 9"), ("9", "I got 3 and then 9."), ("9", "#### 9"),
                ("9", #"First \boxed{8}, no wait, \boxed{9}"#), ("1,2", #"\boxed{1} and \boxed{2}"#),
                ("9", #"\boxed{9"#),
                ("9", "We see $x=3$ and so $y=9$."), ("9", #"\[9\]"#), ("9", "<answer>9</answer>"), ("9", "$9$ apples"),
                ("9", "The final answer is $9$, and not $8$."), ("9", #"Thus \(9\)."#),
                (#"\frac12"#, #"so we get \boxed{\frac{1}{2}}. Done."#),
                ("7", "It costs $5 and $7"), ("9", "x = 9"), ("9", "3 + 6 = 9"), ("3.5", "3,5"),
                ("9", "We know that $x^2=81$ and $x>0$, so it is 9."), ("9", "Hence $x=9$, by lemma 3."),
            ])
        expect(
            false,
            [
                ("9", "The answer is 8, not 9."), ("9", #"9 is wrong: \boxed{8}"#), ("9", ""), ("9", "I do not know"),
                ("9", "it is so"), ("x", "an x"),
                ("c", "cost"), ("I", "I am not sure"), ("", "9"), ("", ""),
                ("1", #"\boxed{\frac{1}{}}"#),
            ])
    }

    @Test("a gold answer that cannot be read is said to be so")
    func goldThatCannotBeRead() {
        let comparison = MathematicalEquivalence.compare(gold: #"\int_0^1 x\,dx"#, answer: "0.5")
        #expect(!comparison.isEquivalent && !comparison.isGoldUnderstood)
        #expect(comparison.reason.contains("could not be read"))
        #expect(MathematicalEquivalence.areEquivalent(#"\int_0^1 x\,dx"#, #"$\int_0^1 x dx$"#))
    }

    @Test("equality is symmetric for numbers and terms, and everything that is read equals itself")
    func symmetry() {
        let answers = [
            "9", #"\frac12"#, "0.5", #"\sqrt8"#, #"2\sqrt2"#, #"\pi"#, "3.141593", "x+1", "1+x", "(x+1)^2", "x^2+2x+1",
            "e^2", "2i+3",
            #"\sin 2x"#, #"2\sin x\cos x"#, "5!", "120", #"9\%"#, "0.09", #"\infty"#, "2^{64}", "18446744073709551616",
        ]
        for a in answers {
            #expect(MathematicalEquivalence.areEquivalent(a, a), "\(a)")
            for b in answers {
                #expect(
                    MathematicalEquivalence.areEquivalent(a, b) == MathematicalEquivalence.areEquivalent(b, a),
                    "\(a), \(b)")
            }
        }
    }
}
