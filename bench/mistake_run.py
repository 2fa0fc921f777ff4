"""Runs Python files of `bench/mistakes/` as a person would, and prints what each said as JSON.

    python bench/mistake_run.py MODULE FILE…

All files run in one process, because importing a framework takes seconds. MODULE is imported
first.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import re
import sys
import traceback
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

BATCH = "# One batch."
"""The line behind which a file feeds its model."""


@dataclass(frozen=True)
class Said:
    """What a file said: when, its message, the lines of its file that it names, and its length.

    `message` is the exception without the traceback, or the warning; `count` counts the lines of
    all that is printed.
    """

    found: str
    message: str
    lines: list[int]
    count: int


def main() -> None:
    """Runs the files of the command line."""
    module, *files = sys.argv[1:]
    version = importlib.import_module(module).__version__
    said = {name: asdict(run(Path(name))) for name in files}
    python = "{}.{}".format(*sys.version_info)
    json.dump({"version": version, "python": python, "said": said}, sys.stdout)


def run(path: Path) -> Said:
    """Runs one file as `__main__`, with its folder first on the path of imports."""
    source = path.read_text(encoding="utf-8")
    sys.path.insert(0, str(path.parent))
    before = set(sys.modules)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("default")
            try:
                code = compile(source, str(path), "exec")
                exec(code, {"__name__": "__main__", "__file__": str(path)})
            except Exception as error:
                return _refused(error, path, source)
    finally:
        sys.path.remove(str(path.parent))
        for name in set(sys.modules) - before:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(path.parent)):
                del sys.modules[name]
    if not warned:
        return Said("never", "", [], 0)
    texts = [
        warnings.formatwarning(one.message, one.category, one.filename, one.lineno)
        for one in warned
    ]
    text = "".join(texts)
    message = f"{warned[-1].category.__name__}: {warned[-1].message}"
    return Said("at the first batch", message, _named(path, text), len(text.splitlines()))


def _refused(error: Exception, path: Path, source: str) -> Said:
    """What an exception says, without the frames of this script."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    shown = io.StringIO()
    with contextlib.redirect_stderr(shown):
        # The interpreter's own hook: traceback.format_exception proposes no names before 3.12.
        sys.__excepthook__(type(error), error.with_traceback(frames), frames)
    text = shown.getvalue()
    begin = traceback.format_exception_only(type(error), error)[0].rstrip().partition("\n")[0]
    message = text[text.rindex(begin) :]
    batch = source[: source.index(BATCH)].count("\n") + 1
    if isinstance(error, SyntaxError):
        found = "when read"
    else:
        outer = frames.tb_lineno if frames is not None else 0
        found = "when built" if outer < batch else "at the first batch"
    return Said(found, _short(message, path), _named(path, text), len(text.splitlines()))


def _named(path: Path, text: str) -> list[int]:
    """The lines of a file that a traceback or a warning names."""
    file = re.escape(str(path))
    found = re.findall(rf'File "{file}", line (\d+)|^{file}:(\d+):', text, re.MULTILINE)
    return sorted({int(one or other) for one, other in found})


def _short(message: str, path: Path) -> str:
    """A message without the folders of this machine and without colours."""
    message = re.sub(r"\x1b\[[\d;]*m", "", message)
    message = message.replace(str(path.parent) + "/", "")
    return re.sub(r"/[\w./+-]*/(?=site-packages/|lib/python)", "…/", message).rstrip()


if __name__ == "__main__":
    main()
