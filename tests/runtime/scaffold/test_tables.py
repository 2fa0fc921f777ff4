"""`netc new text` and `mlp` from a table: what is guessed is said, and the file trains on it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.dsl.format.file import format_file
from netc.dsl.syntax.parse import parse
from netc.dsl.text.source import Source
from netc.runtime.api.recipes import check_recipe
from netc.runtime.cli import execute
from netc.runtime.data.load import load_data

Captured = pytest.CaptureFixture[str]
IGNORED = "ignore:__array__ implementation:DeprecationWarning"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which is the working folder."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def reviews(count: int = 40, separator: str = ",") -> str:
    """Texts about films, their number and what they say."""
    rng = random.Random(1)
    rows = [separator.join(["id", "sentiment", "review"])]
    for number in range(count):
        good = number % 2 == 0
        words = ["the film was", rng.choice(["fine", "great"] if good else ["bad", "dull"])]
        words += [f"word{rng.randrange(30)}" for _ in range(rng.randrange(1, 9))]
        rows.append(separator.join([str(number), "good" if good else "bad", " ".join(words)]))
    return "\n".join(rows) + "\n"


IRIS = "number,name,sepal,petal,garden,species,note\n" + "".join(
    f"{n + 1},plant {n} of {n},{n % 7}.5,{n % 5},{['wet', 'dry'][n % 2]},{'abc'[n % 3]},"
    + ("x\n" if n % 9 == 0 else "\n")
    for n in range(60)
)
CASES = {
    "text": (
        "text",
        reviews(),
        [
            "data.csv: 40 rows of 3 columns",
            "the text is `review`, by its words; --text says another",
            "the label is `sentiment`: 2 classes (bad 20, good 20); --label says another",
            "37 words are known, texts are up to 12 long",
        ],
    ),
    "text, semicolons, values": (
        "text",
        "comment;stars\n" + "".join(f"it is number {n} of all;{n % 5 + 1}\n" for n in range(40)),
        ["the text is `comment`", "the label is `stars`: values"],
    ),
    "mlp": (
        "mlp",
        IRIS,
        [
            "data.csv: 60 rows of 7 columns",
            "`number` is left out: it counts the rows",
            "the label is `species`: 3 classes (a 20, b 20, c 20)",
            "words, one value a category: `garden`",
            "`name` is left out: 48 different words",
            "`note` is left out: 53 empty cells",
        ],
    ),
    "mlp, cells that nothing can learn from": (
        "mlp",
        "typo,lost,endless,gap,fine,y\n"
        + "7O,nan,inf,,1.5,a\n"
        + "".join(f"{n}.5,{n}.5,{n % 9}.5,{n},{n % 5},{'ab'[n % 2]}\n" for n in range(39)),
        [
            '`typo` is left out: line 2 has "7O" among its numbers',
            '`lost` is left out: line 2 has "nan" among its numbers',
            '`endless` is left out: line 2 has "inf" among its numbers',
            "`gap` is left out: 1 empty cell",
        ],
    ),
    "mlp, without names, a class for each number": (
        "mlp",
        "".join(f"{n * 3 % 8},{n % 5},{n % 2}\n" for n in range(30)),
        ["the label is column 2: 2 classes (0 15, 1 15)"],
    ),
    "mlp, too few of a class": (
        "mlp",
        "a,label\n1,x\n2,y\n3,y\n4,y\n5,y\n",
        ["the label is `label`: 2 classes (x 1, y 4)", "no validation part: the samples of class"],
    ),
    "mlp, values": (
        "mlp",
        "size,price\n" + "".join(f"{n % 7},{n * 2.5}\n" for n in range(20)),
        ["the label is `price`: values"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_file_fits_its_table(case: str, capsys: Captured) -> None:
    kind, table, said = CASES[case]
    Path("data.csv").write_text(table)
    assert execute(["new", kind, "--data", "data.csv"]) == 0
    out = capsys.readouterr().out
    for line in said:
        assert line in out
    path = Path(f"{kind}.net")
    assert check_files([path]).diagnostics == []
    assert format_file(parse(Source(path.name, path.read_text()))) == path.read_text()
    recipe, _ = check_recipe(path)
    assert recipe is not None
    data = load_data(recipe)
    assert sum(map(len, data.parts)) == table.count("\n") - (table[0] not in "0123456789")


@pytest.mark.filterwarnings(IGNORED)
@pytest.mark.parametrize("case", ["text", "mlp"])
def test_the_file_trains(case: str, capsys: Captured) -> None:
    kind, table, _ = CASES[case]
    Path("data.csv").write_text(table)
    assert execute(["new", kind, "--data", "data.csv"]) == 0
    assert execute(["train", f"{kind}.net", "--set", "epochs=1", "--quiet"]) == 0
    capsys.readouterr()


def test_columns_can_be_named(capsys: Captured) -> None:
    Path("data.csv").write_text(
        "title,what,again\n" + "one two,a b c d,x\nthree four,e f g,y\n" * 9
    )
    asked = ["new", "text", "--data", "data.csv", "--text", "what", "--label", "-1"]
    assert execute(asked) == 0
    text = Path("text.net").read_text()
    assert 'text="what"' in text
    assert 'label="again"' in text
    capsys.readouterr()


BAD = {
    "data.csv: no such file or directory": (None, []),
    "data.csv: is empty": ("", []),
    "data.csv: holds the names of columns, but no rows": ("a,b\n", []),
    "data.csv: line 3 has 3 cells, but the first line has 2": ("a,b\nx y,1\nx y,1,2\n", []),
    "data.csv: is not UTF-8 text": (b"a,b\n\xff\xfe,1\n", []),
    "data.csv: has one column; a label is another": ("text\nsome words here\nand more\n", []),
    "data.csv: no column looks like text": ("a,b\nx,1\ny,2\n", []),
    "data.csv: line 3, column `text`: the text is empty, the first of 2": (
        "text,y\nso it is,a\n,b\n ,a\n",
        [],
    ),
    "data.csv: line 3, column `y`: the label is empty": ("text,y\nso it is,a\nno it is,\n", []),
    'the label `y` is "a" in all 2 rows; a net learns to tell at least two classes apart': (
        "text,y\nso it is,a\nno it is,a\n",
        [],
    ),
    "has 3 different words in 3 rows, which are no classes": (
        "text,y\nso it is,a\nno it is,b\nit is no,c\n",
        [],
    ),
    "data.csv: has no column `revew`; did you mean `review`?": (reviews(), ["--text", "revew"]),
    "data.csv: `review` is the text and the label": (reviews(), ["--label", "review"]),
    "data.csv: two columns are called `a`": ("a,a\nso it is,1\n", []),
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_table_is_one_line(message: str, capsys: Captured) -> None:
    content, more = BAD[message]
    if content is not None:
        Path("data.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert execute(["new", "text", "--data", "data.csv", *more]) == 1
    said = capsys.readouterr()
    assert message in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not Path("text.net").exists()


def test_names_of_columns_are_text_and_never_code(capsys: Captured) -> None:
    name = 'x"\n}\nnet Evil(a: float32[N]) { return a }\n#'
    quoted = name.replace('"', '""')
    Path("data.csv").write_text(f'"{quoted}",y\n1,2.5\n2,3.5\n3,9.5\n' + "4,1.5\n" * 9)
    assert execute(["new", "mlp", "--data", "data.csv", "--label", "0"]) == 0
    assert [net.name for net in check_files([Path("mlp.net")]).nets] == ["Rows"]
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cnn", "--data", "data.csv"], "--data is an option of `netc new transfer`"),
        (["mlp", "--label", "y"], "--label is about a table: --data FILE.csv"),
        (["mlp", "--data", "data.csv", "--text", "x"], "--text is an option of `netc new text`"),
        (["transfer", "--from", "zoo.vgg:VGG16", "--data", "some"], "small or large, not some"),
    ],
)
def test_options_of_other_kinds_are_refused(
    arguments: list[str], message: str, capsys: Captured
) -> None:
    assert execute(["new", *arguments]) == 2
    assert message in capsys.readouterr().err
