"""The formulas at the head of the docstrings, which are plain text, as TeX."""

import re

SIGNS = {
    "Σ": r"\sum", "⊙_": r"\bigodot_", "⊙": r"\odot ", "⊗": r"\otimes ", "∝": r"\propto ", "←": r"\leftarrow ",
    "·": r"\cdot ", "∇": r"\nabla", "‖": r"\,\|\,", "½": r"\tfrac{1}{2}", "²": "^2", "⁻¹": "^{-1}", "ᵀ": r"^\top ",
    "𝕎": r"\mathbb{W}", "...": r"\dots ", "1e-5": "10^{-5}", "log10": r"\log_{10}",
}  # fmt: skip
FUNCTIONS = ("log", "softmax")
LETTERS = dict(zip("αβγλμρσΨ", ["alpha", "beta", "gamma", "lambda", "mu", "rho", "sigma", "Psi"], strict=True))


def split_formula(line: str) -> tuple[str, str]:
    """The formula and the words of "z = x1 + x2: their sum."; no formula where none stands before a colon."""
    depth = 0
    for i, letter in enumerate(line):
        depth += (letter in "({[") - (letter in ")}]")
        if letter == ":" and depth == 0 and line[i + 1 : i + 2] == " ":
            formula = line[:i]
            return (formula, line[i + 2 :]) if re.search(r"[=∝←()Σ]", formula) and "`" not in formula else ("", line)
    return "", line


def tex(formula: str) -> str:
    """Plain text as TeX: words upright, one-letter names slanted, subscripts, roots and signs."""
    formula = re.sub(r"(?<![a-zA-Z])([a-zA-Z])(\d|M)(?![a-zA-Z0-9])", r"\1_\2", formula)  # x1, xM
    formula = re.sub(r"(?<![_^]){([^}]*)}", r"\\{\1\\}", formula)  # a set; but not what stands below or above
    formula = re.sub(r"\^\((\w+)\)", r"^{(\1)}", formula)
    formula = re.sub(r"_([a-zA-Z0-9]+)", r"_{\1}", formula)
    formula = re.sub(r"√([a-zA-Z0-9]+(?:_{\w+})?)", r"\\sqrt{\1}", formula)
    for sign, code in SIGNS.items():
        formula = formula.replace(sign, code)
    formula = re.sub(r"(?<![\\a-zA-Z])([a-zA-Z][a-zA-Z-]+)(?=(.?))", _word, formula)
    for letter, name in LETTERS.items():
        formula = formula.replace(letter, rf"\{name} ")
    return formula


def _word(match: re.Match) -> str:
    word, following = match.groups()
    if word == "ij":
        return word  # two indices
    function = following in ("(", "_", "^") or word in FUNCTIONS or not word.islower()
    return rf"\operatorname{{{word}}}" if function and "-" not in word else rf"\,\text{{{word}}}\,"
