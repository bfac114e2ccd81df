"""Markup: one small tree for written mathematics, and its three forms: LaTeX, MathML and plain text.

Every node stands beside its three forms, so that what a page shows, what a paper prints and what a terminal says are
one text.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TypeAlias

_LATEX = {
    "δ": r"\delta", "Δ": r"\Delta", "∇": r"\nabla", "Θ": r"\Theta", "λ": r"\lambda", "σ": r"\sigma", "Φ": r"\Phi",
    "φ": r"\varphi", "ℓ": r"\ell", "ε": r"\varepsilon", "γ": r"\gamma", "τ": r"\tau", "∂": r"\partial",
    "Σ": r"\sum", "⊙": r"\odot", "∘": r"\circ", "·": r"\cdot", "∗": r"\ast", ".∗": r"\mathbin{.\ast}",
    "−": "-", "≤": r"\le", "≥": r"\ge", ":=": r"\mathrel{:=}", "⊤": r"\top", "′": r"\prime", "…": r"\dots",
    "×": r"\times", "‖": r"\lVert", "|": r"\mid", "½": r"\tfrac{1}{2}", "ℒ": r"\mathcal{L}", "{": r"\{",
}  # fmt: skip


class Markup:
    """A piece of written mathematics."""

    def latex(self) -> str:
        """Return it as LaTeX, for math mode."""
        raise NotImplementedError

    def mathml(self) -> str:
        """Return it as MathML elements, to stand inside ``<math>``."""
        raise NotImplementedError

    def plain(self) -> str:
        """Return it as one line of text."""
        raise NotImplementedError


_PRIME_SIGN = '<mo lspace="0" rspace="0">′</mo>'


@dataclass(frozen=True)
class Letter(Markup):
    """A name: one italic letter, or an upright word such as tanh."""

    text: str

    def latex(self) -> str:
        if self.text in _LATEX:
            return _LATEX[self.text]
        if self.text.endswith("′"):
            return f"{self.text[:-1]}'"
        return self.text if len(self.text) == 1 else rf"\mathrm{{{self.text}}}"

    def mathml(self) -> str:
        if self.text.endswith("′"):
            return f"<mrow><mi>{escape(self.text[:-1])}</mi>{_PRIME_SIGN}</mrow>" if len(self.text) > 1 else _PRIME_SIGN
        return f"<mi>{escape(self.text)}</mi>"

    def plain(self) -> str:
        return self.text


PRIME = Letter("′")


@dataclass(frozen=True)
class Number(Markup):
    """A number as it is read: 0.01, −1, ½."""

    text: str

    def latex(self) -> str:
        return "".join(_spaced(_LATEX.get(character, character)) for character in self.text)

    def mathml(self) -> str:
        return f"<mn>{escape(self.text)}</mn>"

    def plain(self) -> str:
        return self.text


@dataclass(frozen=True)
class Sign(Markup):
    """An operator or relation between its neighbours."""

    text: str

    def latex(self) -> str:
        return f" {_LATEX.get(self.text, self.text)} "

    def mathml(self) -> str:
        return f"<mo>{escape(self.text)}</mo>"

    def plain(self) -> str:
        return f" {self.text.replace('∗', '*')} "


@dataclass(frozen=True)
class Gap(Markup):
    """A thin space, between two factors that stand side by side."""

    def latex(self) -> str:
        return r"\,"

    def mathml(self) -> str:
        return '<mspace width="0.17em"/>'

    def plain(self) -> str:
        return " "


@dataclass(frozen=True)
class Row(Markup):
    """Parts one after the other."""

    parts: tuple[Markup, ...]

    def latex(self) -> str:
        return "".join(_spaced(part.latex()) for part in self.parts).strip()

    def mathml(self) -> str:
        return f"<mrow>{''.join(part.mathml() for part in self.parts)}</mrow>"

    def plain(self) -> str:
        return "".join(part.plain() for part in self.parts)


@dataclass(frozen=True)
class Script(Markup):
    """A base with an index below or above."""

    base: Markup
    below: Markup | None = None
    above: Markup | None = None

    def latex(self) -> str:
        below = f"_{{{self.below.latex()}}}" if self.below else ""
        above = f"^{{{self.above.latex()}}}" if self.above else ""
        base = self.base.latex()
        return (f"{{{base}}}" if isinstance(self.base, Script) else base) + below + above

    def mathml(self) -> str:
        inside = self.base.mathml()
        if self.above == PRIME and not self.below:  # its glyph is a raised one: as a script it would be raised twice
            return f"<mrow>{inside}{self.above.mathml()}</mrow>"
        if self.below and self.above:
            return f"<msubsup>{inside}{self.below.mathml()}{self.above.mathml()}</msubsup>"
        if self.below:
            return f"<msub>{inside}{self.below.mathml()}</msub>"
        return f"<msup>{inside}{self.above.mathml() if self.above else '<mrow></mrow>'}</msup>"

    def plain(self) -> str:
        below = f"_{_grouped(self.below)}" if self.below else ""
        above = f"^{_grouped(self.above)}" if self.above else ""
        return self.base.plain() + below + above.replace("⊤", "ᵀ").replace("^ᵀ", "ᵀ").replace("^′", "′")


@dataclass(frozen=True)
class Accent(Markup):
    """A letter under a tilde."""

    base: Markup

    def latex(self) -> str:
        return rf"\tilde{{{self.base.latex()}}}"

    def mathml(self) -> str:
        return f'<mover accent="true">{self.base.mathml()}<mo>~</mo></mover>'

    def plain(self) -> str:
        return self.base.plain() + "\u0303"


@dataclass(frozen=True)
class Fraction(Markup):
    """One thing over another."""

    top: Markup
    bottom: Markup

    def latex(self) -> str:
        return rf"\frac{{{self.top.latex()}}}{{{self.bottom.latex()}}}"

    def mathml(self) -> str:
        return f"<mfrac><mrow>{self.top.mathml()}</mrow><mrow>{self.bottom.mathml()}</mrow></mfrac>"

    def plain(self) -> str:
        return f"{_grouped(self.top)}/{_grouped(self.bottom)}"


@dataclass(frozen=True)
class Fenced(Markup):
    """Something between two fences: ( ), [ ], | |, ‖ ‖."""

    inner: Markup
    left: str = "("
    right: str = ")"

    def latex(self) -> str:
        if isinstance(self.inner, Letter | Number) and self.left in "([":
            return self.left + self.inner.latex() + self.right
        bars = {"|": "vert", "‖": "Vert"}
        left = rf"\l{bars[self.left]}" if self.left in bars else self.left
        right = rf"\r{bars[self.right]}" if self.right in bars else self.right
        return rf"\left{left} {self.inner.latex()} \right{right}"

    def mathml(self) -> str:
        return (
            f'<mrow><mo fence="true" stretchy="true">{self.left}</mo>{self.inner.mathml()}'
            f'<mo fence="true" stretchy="true">{self.right}</mo></mrow>'
        )

    def plain(self) -> str:
        return f"{self.left}{self.inner.plain()}{self.right}"


@dataclass(frozen=True)
class Big(Markup):
    """A sum sign with what it runs over beneath it."""

    sign: str
    below: Markup | None = None

    def latex(self) -> str:
        return _LATEX[self.sign] + (f"_{{{self.below.latex()}}}" if self.below else "")

    def mathml(self) -> str:
        sign = f'<mo largeop="true" movablelimits="false">{"∑" if self.sign == "Σ" else self.sign}</mo>'
        return f"<munder>{sign}{self.below.mathml()}</munder>" if self.below else sign

    def plain(self) -> str:
        return self.sign + (f"_{_grouped(self.below)} " if self.below else " ")


@dataclass(frozen=True)
class Cases(Markup):
    """One of two values, by a condition on each element."""

    condition: Markup
    then: Markup
    otherwise: Markup

    def latex(self) -> str:
        return (
            rf"\begin{{cases}} {self.then.latex()} & \text{{if }} {self.condition.latex()} \\ "
            rf"{self.otherwise.latex()} & \text{{otherwise}} \end{{cases}}"
        )

    def mathml(self) -> str:
        rows = ((self.then, f"<mtext>if&#160;</mtext>{self.condition.mathml()}"), (self.otherwise, _OTHERWISE))
        cells = "".join(f"<mtr><mtd>{v.mathml()}</mtd><mtd>{c}</mtd></mtr>" for v, c in rows)
        return f'<mrow><mo fence="true" stretchy="true">{{</mo><mtable columnalign="left">{cells}</mtable></mrow>'

    def plain(self) -> str:
        return f"({self.then.plain()} if {self.condition.plain()} else {self.otherwise.plain()})"


_OTHERWISE = "<mtext>otherwise</mtext>"

Prose: TypeAlias = tuple[str | Markup, ...]
"""A sentence: words, and mathematics between them."""


def row(*parts: Markup | str) -> Row:
    """Return the parts one after the other; a string is a sign."""
    return Row(tuple(Sign(part) if isinstance(part, str) else part for part in parts))


def indexed(letter: str, index: int | str) -> Row:
    """Return ``z[1]``, the index in brackets on the line, as in code."""
    return Row((Letter(letter), Fenced(Number(str(index)), "[", "]")))


def subscripted(letter: str, index: int | str) -> Script:
    """Return the letter with a subscript."""
    return Script(Letter(letter), below=Number(str(index)))


def call(function: Markup, *arguments: Markup) -> Row:
    """Return ``function(arguments)``."""
    inside: list[Markup] = [arguments[0]]
    for argument in arguments[1:]:
        inside += [Letter(","), Gap(), argument]
    return Row((function, Fenced(Row(tuple(inside)))))


def partial(top: Markup, bottom: Markup) -> Fraction:
    """Return ∂top/∂bottom."""
    return Fraction(Row((Letter("∂"), top)), Row((Letter("∂"), bottom)))


def _spaced(latex: str) -> str:
    """Keep a command such as ``\\delta`` apart from the letter after it."""
    return latex + " " if latex.startswith("\\") and latex[1:].isalpha() else latex


def _grouped(part: Markup) -> str:
    text = part.plain().strip()
    bare = isinstance(part, Letter | Number | Script | Fenced) or " " not in text
    return text if bare else f"({text})"
