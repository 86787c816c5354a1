/// What other spellings mean in TeX.
enum MathSpelling {
    /// Characters beyond ASCII.
    static let characters: [Unicode.Scalar: String] = [
        "π": "\\pi ", "∞": "\\infty ", "≤": "\\le ", "⩽": "\\le ", "≥": "\\ge ", "⩾": "\\ge ", "≠": "\\ne ",
        "≈": "\\approx ", "≡": "=", "×": "*", "·": "*", "⋅": "*", "∙": "*", "•": "*", "∗": "*", "÷": "/", "∕": "/",
        "⁄": "/", "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "±": "\\pm ", "∓": "\\mp ", "∪": "\\cup ",
        "∩": "\\cap ", "∖": "\\setminus ", "∈": "\\in ", "∉": "\\notin ", "∅": "\\emptyset ", "√": "\\sqrt ",
        "∛": "\\sqrt[3]", "∜": "\\sqrt[4]", "°": "^\\circ ", "º": "^\\circ ", "′": "'", "″": "''", "’": "'", "‘": "'",
        "“": "\"", "”": "\"", "ℝ": "\\mathbb{R}", "ℤ": "\\mathbb{Z}", "ℕ": "\\mathbb{N}", "ℚ": "\\mathbb{Q}",
        "ℂ": "\\mathbb{C}", "⟨": "\\langle ", "⟩": "\\rangle ", "〈": "\\langle ", "〉": "\\rangle ",
        "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ", "⌉": "\\rceil ", "∣": "|", "｜": "|", "‖": "\\|",
        "½": "\\frac{1}{2}", "⅓": "\\frac{1}{3}", "⅔": "\\frac{2}{3}", "¼": "\\frac{1}{4}", "¾": "\\frac{3}{4}",
        "⅕": "\\frac{1}{5}", "⅖": "\\frac{2}{5}", "⅗": "\\frac{3}{5}", "⅘": "\\frac{4}{5}", "⅙": "\\frac{1}{6}",
        "⅚": "\\frac{5}{6}", "⅛": "\\frac{1}{8}", "⅜": "\\frac{3}{8}", "⅝": "\\frac{5}{8}", "⅞": "\\frac{7}{8}",
        "⅐": "\\frac{1}{7}", "⅑": "\\frac{1}{9}", "⅒": "\\frac{1}{10}", "％": "%", "（": "(", "）": ")", "，": ", ",
        "、": ", ", "；": ";", "：": ":", "＝": "=", "＋": "+", "－": "-", "［": "[", "］": "]", "｛": "\\{", "｝": "\\}",
        "。": ".", "＜": "<", "＞": ">", "／": "/", "＊": "*", "∨": "\\lor ", "∧": "\\land ", "∶": ":", "Σ": "\\sum ",
        "∑": "\\sum ", "∏": "\\prod ", "∠": "\\angle ", "△": "\\triangle ", "⇒": "\\Rightarrow ", "→": "\\to ",
        "↦": "\\to ", "⟹": "\\Rightarrow ", "∴": " ", "\u{2061}": "", "\u{2062}": "", "\u{200B}": "", "\u{FEFF}": "",
        "€": "\\$", "£": "\\$", "¥": "\\$", "₹": "\\$", "₽": "\\$", "₩": "\\$", "ⅈ": "i", "ⅇ": "e", "𝑖": "i",
        "…": "\\ldots ",
        "α": "\\alpha ", "β": "\\beta ", "γ": "\\gamma ", "δ": "\\delta ", "ε": "\\epsilon ", "ζ": "\\zeta ",
        "η": "\\eta ", "θ": "\\theta ", "κ": "\\kappa ", "λ": "\\lambda ", "μ": "\\mu ", "µ": "\\mu ", "ν": "\\nu ",
        "ξ": "\\xi ", "ρ": "\\rho ", "σ": "\\sigma ", "τ": "\\tau ", "φ": "\\phi ", "ϕ": "\\phi ", "χ": "\\chi ",
        "ψ": "\\psi ", "ω": "\\omega ", "Δ": "\\Delta ", "Ω": "\\Omega ", "Γ": "\\Gamma ", "Θ": "\\Theta ",
        "Φ": "\\Phi ", "Λ": "\\Lambda ", "Ψ": "\\Psi ",
    ]

    static let superscripts: [Unicode.Scalar: Unicode.Scalar] = [
        "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9",
        "⁻": "-", "⁺": "+", "ⁿ": "n", "ⁱ": "i", "ˣ": "x", "⁽": "(", "⁾": ")",
    ]

    static let subscripts: [Unicode.Scalar: Unicode.Scalar] = [
        "₀": "0", "₁": "1", "₂": "2", "₃": "3", "₄": "4", "₅": "5", "₆": "6", "₇": "7", "₈": "8", "₉": "9",
        "ₙ": "n", "ₐ": "a", "ₖ": "k", "ᵢ": "i", "ⱼ": "j", "ₓ": "x", "₋": "-", "₊": "+",
    ]

    /// Words that stand for commands, where they stand alone among letters.
    static let words: [String: String] = [
        "sqrt": "sqrt", "pi": "pi", "Pi": "pi", "PI": "pi", "infinity": "infty", "Infinity": "infty", "inf": "infty",
        "oo": "infty", "sin": "sin", "cos": "cos", "tan": "tan", "cot": "cot", "sec": "sec", "csc": "csc",
        "arcsin": "arcsin", "arccos": "arccos", "arctan": "arctan", "asin": "arcsin", "acos": "arccos",
        "atan": "arctan", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "ln": "ln", "log": "log", "lg": "lg",
        "exp": "exp", "abs": "abs", "floor": "floor", "ceil": "ceil", "gcd": "gcd", "lcm": "lcm", "min": "min",
        "max": "max", "mod": "bmod", "alpha": "alpha", "beta": "beta", "gamma": "gamma", "delta": "delta",
        "theta": "theta", "lambda": "lambda", "phi": "phi", "omega": "omega", "sigma": "sigma", "or": "or",
        "and": "and", "union": "cup", "percent": "%", "percentage": "%", "pct": "%", "degrees": "degree",
        "degree": "degree", "deg": "degree", "frac": "frac", "dfrac": "frac", "cdot": "cdot", "times": "times",
        "infty": "infty", "le": "le", "leq": "le", "geq": "ge", "cbrt": "cbrt",
    ]

    /// The functions whose name may run into its argument: cosx.
    static let prefixes = ["sin", "cos", "tan", "log", "ln"]

    /// Commands with another name of the same meaning.
    static let commands: [String: String] = [
        "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "leq": "le", "leqslant": "le", "leqq": "le", "geq": "ge",
        "geqslant": "ge", "geqq": "ge", "neq": "ne", "lt": "<", "gt": ">", "varnothing": "emptyset", "cdotp": "cdot",
        "times": "cdot", "ast": "cdot", "bullet": "cdot", "div": "/", "varphi": "phi", "varepsilon": "epsilon",
        "vartheta": "theta", "land": "and", "wedge": "and", "lor": "or", "vee": "or", "backslash": "setminus",
        "smallsetminus": "setminus", "lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]", "vert": "|",
        "mid": "mid", "approxeq": "approx", "simeq": "approx", "thickapprox": "approx", "sim": "approx",
        "colon": ":", "dbinom": "binom", "tbinom": "binom", "arcsinh": "arsinh", "arccosh": "arcosh",
        "arctanh": "artanh", "imath": "i", "mathrm{i}": "i", "percent": "%", "tg": "tan", "ctg": "cot",
        "cosec": "csc", "arctg": "arctan", "ldots": "ldots", "dots": "ldots", "cdots": "ldots", "equiv": "=",
        "doteq": "=", "triangleq": "=", "infin": "infty", "degrees": "degree", "bigcup": "cup", "bigcap": "cap",
        "sgn": "sgn", "lVert": "lvert", "rVert": "rvert", "|": "norm", "Vert": "norm", "operatorname": "text",
        "implies": "Rightarrow", "Longrightarrow": "Rightarrow", "R": "reals",
    ]
}
