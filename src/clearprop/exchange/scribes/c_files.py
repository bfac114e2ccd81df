"""Header and source of an export in C, around the statements of its program, and the check of its golden rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clearprop.exchange.scribes import c_text as text
from clearprop.exchange.scribes.draft import MEANINGS, Draft
from clearprop.exchange.scribes.text import called
from clearprop.program import Label, Program

_MISSING = {"text": "text in UTF-8; NULL or empty where missing"}

_HEADER = """{about}
#ifndef {guard}_H
#define {guard}_H

#ifdef __cplusplus
extern "C" {{
#endif

{row}enum {{ {name}_n_values = {n_values} }};

/* What each value is: a class, a label, or what is predicted. */
extern const char *const {name}_names[{n_values}];

/* Compute the values of one row. It calls nothing but the C library, keeps nothing, and may run in any thread. */
void {name}_predict({given}, {type} values[{n_values}]);
{decide}
#ifdef __cplusplus
}}
#endif

#endif
"""

_SOURCE = """{about}
#include "{stem}.h"

#include <math.h>
#include <stddef.h>
{included}
typedef {real} real;
#define REAL(name) {REAL}

/* Where compiler and library can, products are made for wide vectors too, and the processor's are taken; sums keep
   their order, so the numbers are the same. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
#define WIDE __attribute__((optimize("O3"), target_clones("avx2", "default")))
#else
#define WIDE
#endif

const char *const {name}_names[{n_values}] = {{
{names}
}};

{constants}
{functions}

void {name}_predict({given}, {type} values[{n_values}])
{{
    {statements}
}}
{decide}{check}"""

_ROW = """/* One row of the table. */
typedef struct {{
{fields}
}} {name}_row;

"""

_PICK = """
{{
    int best = 0;
    for (int j = 1; j < {n_values}; j++)
        if (values[j] > values[best])
            best = j;
    return best;
}}
"""

_MARK = """
{{
    for (int j = 0; j < {n_values}; j++)
        decision[j] = values[j] > ({type})0.5;
}}
"""

_CHECK = """
#if defined({guard}_MAIN) && !defined({guard}_CHECK)
#define {guard}_CHECK
#endif

#ifdef {guard}_CHECK
/* Golden rows: made up, with the model's own answers. No row of the training data is among them. */
#include <stdio.h>

static const {row} golden_rows[{n_rows}]{width} = {{
{rows}
}};

static const double golden_values[{n_rows}][{n_values}] = {{
{values}
}};

double {name}_check(int show);

/* Return the largest difference from the model's answers, relative to those above 1; show what was computed. */
double {name}_check(int show)
{{
    double largest = 0.0;
    for (int row = 0; row < {n_rows}; row++) {{
        {type} values[{n_values}];
        {name}_predict({argument}, values);
        for (int j = 0; j < {n_values}; j++) {{
            const double size = fabs(golden_values[row][j]);
            const double difference = fabs(values[j] - golden_values[row][j]) / (size > 1.0 ? size : 1.0);
            largest = difference > largest || isnan(difference) ? difference : largest;
            if (show)
                printf("%.17g ", (double)values[j]);
        }}
        {show_decision}if (show)
            printf("\\n");
    }}
    return largest;
}}
#endif

#ifdef {guard}_MAIN
int main(int argc, char **argv)
{{
    (void)argv;
    printf("{n_rows} golden rows, largest difference %.3g\\n", {name}_check(argc > 1));
    return 0;
}}
#endif
"""

_SHOW_PICKED = """if (show)
            printf("%d ", {name}_decide(values));
        """

_SHOW_MARKED = """{{
            int decision[{n_values}];
            {name}_decide(values, decision);
            for (int j = 0; j < {n_values} && show; j++)
                printf("%d ", decision[j]);
        }}
        """


@dataclass(frozen=True)
class Body:
    """What a program came to in C.

    Attributes
    ----------
    statements : list of str
        That make every value.
    value : str
        Number j of what is predicted.
    constants : list of str
        That the statements need.
    fields : mapping of str to str
        The name in C of each cell of a row.
    """

    statements: Sequence[str]
    value: str
    constants: Sequence[str]
    fields: Mapping[str, str]


def files(draft: Draft, of: Body, *libraries: str, about: Iterable[str] = ()) -> dict[str, bytes]:
    """Return source and header around the statements."""
    program, facts = draft.program, _facts(draft, about)
    give = f"for (int j = 0; j < {program.values.width}; j++)\n        values[j] = {of.value};"
    body = "\n    ".join([*of.statements, give])
    functions = called(body, *libraries)
    signature, decide, show = (part.format(**facts) for part in _decision(program))
    source = _SOURCE.format(
        **facts,
        included=_included("".join([*of.constants, *functions, body])),
        names="    " + ",\n    ".join(map(text.string, program.names)),
        constants="\n".join(of.constants),
        functions="\n\n".join(functions),
        statements=body,
        decide=f"\n{signature}{decide}" if decide else "",
        check=_check(draft, facts, show),
    )
    header = _HEADER.format(**facts, row=_row(draft, of.fields), decide=f"\n{_SAYS}{signature};\n" if decide else "")
    return {".c": source.encode(), ".h": header.encode()}


def _facts(draft: Draft, about: Iterable[str]) -> dict[str, Any]:
    """Return what the parts of both files are filled with."""
    program, single = draft.program, draft.precision == "float32"
    return {
        "name": draft.name,
        "stem": draft.stem,
        "guard": draft.name.upper(),
        "n_values": len(program.names),
        "type": text.TYPES[program.values.kind],
        "given": f"const {draft.name}_row *row" if program.cells else f"const {_number(program)} x[{_width(program)}]",
        "about": _comment([*draft.head, *about]),
        "real": "float" if single else "double",
        "REAL": "name##f" if single else "name",
    }


def _included(source: str) -> str:
    """Return the lines that include what of the library only some programs need."""
    needs = {"stdint.h": r"int\d+_t", "string.h": r"strcmp|memcpy"}
    return "".join(f"#include <{header}>\n" for header, names in needs.items() if re.search(names, source))


_SAYS = "/* From the values to the answer: the index of a name, or a 1 for each name that holds. */\n"


def _decision(program: Program) -> tuple[str, str, str]:
    """Return signature, body and the way to show the decision; empty where there is none."""
    if program.decision is None:
        return "", "", ""
    if isinstance(program.decision, Label):
        return "int {name}_decide(const {type} values[{n_values}])", _PICK, _SHOW_PICKED
    return "void {name}_decide(const {type} values[{n_values}], int decision[{n_values}])", _MARK, _SHOW_MARKED


def _row(draft: Draft, names: Mapping[str, str]) -> str:
    if not draft.program.cells:
        return ""
    fields = [
        f"    {text.declared(cell.kind, names[cell.name])};"
        f" /* {text.comment(cell.name)}: {_MISSING.get(cell.holds, MEANINGS[cell.holds])} */"
        for cell in draft.program.cells
    ]
    return _ROW.format(fields="\n".join(fields), name=draft.name)


def _check(draft: Draft, facts: dict[str, Any], show: str) -> str:
    golden, cells = draft.golden, draft.program.cells
    if isinstance(golden.rows, dict):
        columns = [[_cell(cell, golden_cell) for golden_cell in golden.rows[cell.name]] for cell in cells]
        rows = ["{" + ", ".join(row) + "}" for row in zip(*columns, strict=True)]
        given = {"row": f"{draft.name}_row", "width": "", "argument": "&golden_rows[row]"}
    else:
        rows = ["{" + ", ".join(text.number(x, _kind(draft.program)) for x in row) + "}" for row in golden.rows]
        width = f"[{golden.rows.shape[1]}]"
        given = {"row": _number(draft.program), "width": width, "argument": "golden_rows[row]"}
    values = ["{" + ", ".join(text.number(value) for value in row) + "}" for row in golden.values]
    return _CHECK.format(
        **facts, **given, n_rows=len(golden), rows=_listed(rows), values=_listed(values), show_decision=show
    )


def _cell(cell: Any, value: Any) -> str:
    return text.string(value) if cell.holds == "text" else text.number(value)


def _listed(items: Iterable[str]) -> str:
    return "    " + ",\n    ".join(items)


def _comment(lines: Iterable[str]) -> str:
    return "\n".join(f"/* {text.comment(line)} */" for line in lines)


def _kind(program: Program) -> Any:
    assert program.numbers is not None
    return program.numbers.kind


def _number(program: Program) -> str:
    return text.TYPES[_kind(program)]


def _width(program: Program) -> int:
    assert program.numbers is not None
    return program.numbers.width
