"""Code that a help proposes is an edit, too, which `--fix` offers where it proves to help."""

from __future__ import annotations

import re
from functools import cache

import pytest
from netc.compiler.prove import with_edit
from netc.dsl.diagnostics.diagnostic import Diagnostic

from ...markdown import Example, examples
from .test_help_works import PAGES, applied

FILL_IN = "the author has to fill something in"
EXPLAINS = "the code explains, and is nothing to write"
ELSEWHERE = "what is to be written stands elsewhere, or in more than one place"
CHOICE = "which of several is meant, or what value, only the author knows"

NO_EDIT = {
    r"…|\.\.\.": FILL_IN,
    r"(as in|a line for each size:) `legal\(H\) == 4 \* n`": FILL_IN,
    r"^the layer with weights is `Dense\(units\)`": FILL_IN,
    r"`train Name for": FILL_IN,
    r"^put `-> Embedding\(input_dim, output_dim\)` before it": FILL_IN,
    r"^write `# netc: ignore\[NET0601\] why`": FILL_IN,
    r"^write the shape of the weight, as in `\[64\]`": FILL_IN,
    r"^write a sum as `mse \+ 0\.1 \* mae`": FILL_IN,
    r"^`(band_mask|Constant|GlorotUniform|range)\(.*\)` \w+": EXPLAINS,
    r"^`\w+` takes `\w+: ": EXPLAINS,
    r"^`loss`, `targets`.* take it": EXPLAINS,
    r"`shape\(x\)` is the list": EXPLAINS,
    r"^an output that `minimize` takes is": EXPLAINS,
    r"`categorical_crossentropy` takes one number a class$": EXPLAINS,
    r"^imports stay below `": EXPLAINS,
    r"for data elsewhere use `--data DIR`$": EXPLAINS,
    r"^`netc summary` lists the paths$": EXPLAINS,
    r"^a net takes text as int32": EXPLAINS,
    r"^`scale -> Cast\(float16\)` is a tensor": ELSEWHERE,
    r"^name both sizes|name both sizes `\w+` in the signature": ELSEWHERE,
    r"^give `\w+` a number in the net's signature": ELSEWHERE,
    r"^it is the optimizer's: ": ELSEWHERE,
    r"^say it: `targets = ": ELSEWHERE,
    r"^measure it ": ELSEWHERE,
    r"^(make the input float32, or )?scale in the net": ELSEWHERE,
    r"^`-> Rescaling\(1\)` turns integers": ELSEWHERE,
    r"^put `-> GlobalAveragePooling2D` behind": ELSEWHERE,
    r"^`unfreeze` leaves out what `freeze` names": ELSEWHERE,
    r"remove the `unfreeze`$": ELSEWHERE,
    r"^put the `return` behind the loop$": ELSEWHERE,
    r"^give `\w+` a number that divides|^\d.* divide \d+; or give it": CHOICE,
    r"^say `legal\(": CHOICE,
    r"^padding=\d is `same` where": CHOICE,
    r"^nothing recurses; use `for` or `repeat`$": CHOICE,
    r"^to combine two tensors use `\+`": CHOICE,
    r"^write `weight scale: \[64\] = ones`, or": CHOICE,
    r"^write `CategoricalCrossentropy`, or ": CHOICE,
    r"repeat the edge with `EdgePadding": CHOICE,
    r"^give it a loss, or remove it from `": CHOICE,
    r"^(for two classes )?use `(binary_crossentropy|Dense\(1, activation=sigmoid\))` with ": CHOICE,
    r"^for (measurements there are|classes use) `": CHOICE,
    r"^give (a )?`\w+` (below|a smaller)": CHOICE,
    r"^freeze less, or `unfreeze`": CHOICE,
    r"^use `(npz|jsonl)`": CHOICE,
    r"^give it, as in `": CHOICE,
    r"^`MaxPooling3D` takes 3$": CHOICE,
    r"^give it the shape of that output, as `": CHOICE,
    r"^make `patience` smaller": CHOICE,
    r"^write a number for `batch`": CHOICE,
    r"^give `masks` too$": FILL_IN,
    r"^put `Masking` behind": CHOICE,
    r"^give its `Embedding` `mask_zero=true`$": ELSEWHERE,
    r"^use layers that skip masked steps": CHOICE,
    r"^name the (array: `lengths|table in the folder: `table)=": FILL_IN,
    r"^give `\w+` the shape of the input$": ELSEWHERE,
    r"^use `mean_squared_error`, or `binary_crossentropy` of": CHOICE,
    r"^give both, or split the \w+ part off": CHOICE,
    r"^give the value of each class once, such as": FILL_IN,
    r"^the sign is `@`: `a @ b`$": FILL_IN,
    r"^write `const NAME = value` beside nets, or ": FILL_IN,
    r"^`\w+` is a value of its own here; write it alone$": EXPLAINS,
    r"^a body stands in `{ }`: write `{` here, and `}` behind": ELSEWHERE,
    r"^delete the line: layers need no import; of files write": EXPLAINS,
    r"^name what you import, as in `": FILL_IN,
    r"^whole numbers are divided by `//`: ": CHOICE,
    r"^tensors have no methods: write `": CHOICE,
    r"^return one value for each: `return ": FILL_IN,
}
"""Helps with code that no edit of text is made of, and why."""

NOT_PROVED = {
    r"^did you mean `(body/first|NET0801)`\?": "a name can be near and another thing",
    r"^`-> Reshape\(\(height, width, channels\)\)`": FILL_IN,
    r"^give it `padding=same`, or a kernel of at most": "the page's net promises other sizes",
    r"^`dtype=float32` holds it$": "the call has another `dtype`",
    r"^say what training makes smaller: ": "it need not fit the net's output",
    r"^use `loss = categorical_crossentropy`$": "the loss stands elsewhere",
    r"^call it `y`": "the name is another argument's",
    r"^give it `return_sequences=true`; behind the last": "the last layer is to make a vector then",
    r", or let the loop run one round fewer$": "padding saves one round of several",
    r"in parentheses: `": "the net has more than that to be mended",
}
"""Helps whose edit is not offered in one of the pages at least, and why."""


@cache
def findings() -> tuple[tuple[Example, Diagnostic], ...]:
    """What the pages show with code in its help."""
    return tuple(
        (example, one)
        for page in PAGES
        for example in examples(page)
        if "NET" in example.text + "".join(example.files.values())
        for one in example.check().diagnostics
        if "`" in one.help
    )


def reasons(table: dict[str, str], help: str) -> list[str]:
    return [form for form in table if re.search(form, help)]


def test_what_a_help_proposes_is_an_edit() -> None:
    without = [one for _, one in findings() if with_edit(one).fix is None]
    assert [str(one) + one.help for one in without if not reasons(NO_EDIT, one.help)] == []


def test_most_helps_are_edits() -> None:
    edits = sum(with_edit(one).fix is not None for _, one in findings())
    assert edits > len(findings()) / 2


def test_an_edit_that_is_only_spelt_out_is_proved_but_for_a_few() -> None:
    unexplained, explained = [], set[str]()
    for example, one in findings():
        fix = with_edit(one).fix
        if one.fix is not None or fix is None:
            continue
        before = {(d.code, d.message) for d in example.check().diagnostics}
        after = {(d.code, d.message) for d in applied(example, fix)}
        if (one.code, one.message) in after or after - before:
            forms = reasons(NOT_PROVED, one.help)
            explained.update(forms)
            if not forms:
                unexplained.append(f"{one}: {one.help}")
    assert unexplained == []
    assert explained == set(NOT_PROVED)


@pytest.mark.parametrize("form", NO_EDIT)
def test_an_exception_is_still_needed(form: str) -> None:
    without = [one.help for _, one in findings() if with_edit(one).fix is None]
    assert any(re.search(form, help) for help in without)
