"""Documents: a derivation as LaTeX, Markdown, HTML or plain text."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from clearprop.cells import framed
from clearprop.explain.derivation.equation import Equation, Text
from clearprop.notation.markup import Markup, Prose
from clearprop.notation.shapes import describe, names

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --paper: #fff; --mark: #0b62a8 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9aa6b2; --line: #30363d; --paper: #0d1117; --mark: #6cb6ff } }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 52rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif }
h1 { font-size: 1.6rem; margin: 0 0 .25rem } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem }
p { margin: .35rem 0 }
"""
_EQUATIONS = """
.soft { color: var(--soft) }
.note { border-left: 3px solid var(--mark); padding: .1rem .9rem; margin: 1rem 0 }
article { border-top: 1px solid var(--line); padding: .9rem 0 }
.line { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0 1.5rem }
.formula { overflow-x: auto; overflow-y: hidden; padding: .35rem 0; font-size: 1.2rem; max-width: 100% }
.formula math { display: inline math; math-style: normal }
math { font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", "DejaVu Math TeX Gyre", math }
article p { overflow-x: auto; overflow-y: hidden } p math:has(mfrac) { margin: .3em 0 }
@media (max-width: 600px) { .formula { font-size: 1.05rem } p math { font-size: .9em } }
.label { color: var(--soft); font-size: .8rem } details { color: var(--soft) } summary { cursor: pointer }
"""
_IN_A_CELL = """
h3, h4 { color: inherit; margin: 1.2rem 0 .3rem } h3 { font-size: 17px; margin-top: 0 } h4 { font-size: 15px }
div { margin: 0 } .formula { font-size: 17px } .label { font-size: 13px }
"""


def html(text: Text) -> str:
    """Return one page with native MathML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text.headline}</title><style>{_STYLE}{_EQUATIONS}</style></head><body><main>"
        + _body(text, "h1", "h2")
        + "</main></body></html>\n"
    )


def cell(text: Text) -> str:
    """Return it for a notebook, with native MathML."""
    style = f".clearprop-cell .derivation {{ overflow: visible; font-size: 15px; {_EQUATIONS}{_IN_A_CELL} }}"
    return framed(f"<div class='derivation'>{_body(text, 'h3', 'h4')}</div>", style=style)


def _body(text: Text, high: str, low: str) -> str:
    """Return all that is read, under headings of two levels."""
    parts = [f"<{high}>{text.headline}</{high}><p class='soft'>{escape(text.title)}</p>"]
    parts.append(f"<p>{_prose_html(text.intro)}</p>")
    parts += [f"<p class='note'>{_prose_html(note)}</p>" for note in text.notes]
    for section in text.sections:
        parts.append(f"<section><{low}>{section.title}</{low}><p class='soft'>{_prose_html(section.intro)}</p>")
        parts += [_equation_html(equation, text) for equation in section.equations]
        parts.append("</section>")
    return "\n".join(parts)


def markdown(text: Text) -> str:
    """Return Markdown with LaTeX between dollar signs."""

    def inline(markup: Markup) -> str:
        return f"${markup.latex()}$"

    lines = [f"# {text.headline}", "", f"*{text.title}*", "", _prose(text.intro, inline), ""]
    for note in text.notes:
        lines += [f"> {_prose(note, inline)}", ""]
    for section in text.sections:
        lines += [f"## {section.title}", "", _prose(section.intro, inline), ""]
        for equation in section.equations:
            written = equation.write(text.glyphs).latex()
            lines += [f"**{equation.label}** ({_shape(equation)})", "", f"$${written}$$", ""]
            lines += [_prose(equation.step, inline), ""]
            lines += [f"* {_prose(fit, inline)}" for fit in equation.fits(text.glyphs)]
            lines.append("")
    return "\n".join(lines).replace("\n\n\n", "\n\n").rstrip() + "\n"


def latex(text: Text) -> str:
    """Return a LaTeX document; it needs amsmath only."""

    def inline(markup: Markup) -> str:
        return f"${markup.latex()}$"

    def words(prose: Prose) -> str:
        return _prose(tuple(_latex_words(part) if isinstance(part, str) else part for part in prose), inline)

    lines = [r"\documentclass{article}", r"\usepackage{amsmath}", r"\begin{document}"]
    lines += [
        rf"\section*{{{_latex_words(text.headline)}}}",
        words((text.title, ". ", *text.intro)),
    ]
    lines += [rf"\par\emph{{{words(note)}}}" for note in text.notes]
    for section in text.sections:
        lines += [rf"\subsection*{{{section.title}}}", words(section.intro)]
        for equation in section.equations:
            lines += [rf"\[ {equation.write(text.glyphs).latex()} \tag{{{_latex_words(equation.label)}}} \]"]
            lines += [words((f"{_shape(equation)}. ", *equation.step))]
            lines += [rf"\par {words(fit)}" for fit in equation.fits(text.glyphs)]
    return "\n".join([*lines, r"\end{document}", ""])


def plain(text: Text) -> str:
    """Return text for a terminal: the equations with their shapes."""
    lines = [text.headline, text.title, ""]
    for section in text.sections:
        lines += [section.title]
        for equation in section.equations:
            lines.append(f"  {equation.write(text.glyphs).plain():<72} {describe(equation.target.shape)}")
        lines.append("")
    return "\n".join(lines)


def _equation_html(equation: Equation, text: Text) -> str:
    fits = "".join(f"<p>{_prose_html(fit)}</p>" for fit in equation.fits(text.glyphs))
    why = f"<details><summary>Why this way round</summary>{fits}</details>" if fits else ""
    return (
        f"<article><div class='line'><div class='formula' tabindex='0'><math displaystyle='true'>"
        f"{equation.write(text.glyphs).mathml()}</math></div>"
        f"<span class='label'>{escape(equation.label)} · {_shape(equation)}</span></div>"
        f"<p>{_prose_html(equation.step)}</p>{why}</article>"
    )


def _shape(equation: Equation) -> str:
    shape = equation.target.shape
    return describe(shape) if describe(shape) == names(shape) or not shape else f"{names(shape)} = {describe(shape)}"


def _prose(prose: Prose, inline: Callable[[Markup], str]) -> str:
    return "".join(part if isinstance(part, str) else inline(part) for part in prose)


def _prose_html(prose: Prose) -> str:
    return "".join(
        escape(part, quote=False) if isinstance(part, str) else f"<math displaystyle='true'>{part.mathml()}</math>"
        for part in prose
    )


_WORDS = {
    "′": r"$'$", "∂": r"$\partial$", "δ": r"$\delta$", "Σ": r"$\sum$", "ᵀ": r"$^{\top}$", "−": "$-$", "–": "--",
    "×": r"$\times$", "Θ": r"$\Theta$", "Δ": r"$\Delta$", "∇": r"$\nabla$", "ℒ": r"$\mathcal{L}$", "λ": r"$\lambda$",
    "ᵢ": "$_i$", "₋": "$_{-}$", "ℓ": r"$\ell$", "_": r"\_", "∗": r"$\ast$", "·": r"$\cdot$",
    **{digit: f"$_{n}$" for n, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}  # fmt: skip


def _latex_words(text: str) -> str:
    return "".join(_WORDS.get(character, character) for character in text)
