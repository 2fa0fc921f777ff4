"""The command line: one verb a file, loaded when it is used.

In: arguments. Out: lines, files, an exit status. Imports any room but `demo`, `reference` and `ci`,
each where a verb needs it.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from importlib import import_module
from keyword import iskeyword

import click

from ...dsl.text.escape import terminal
from .ending import Ended, end_on_signals
from .say import open_streams
from .say import say as tell

VERBS = {
    "new": "A first file: for a kind of task, or from a net that was trained.",
    "check": "Check .net files; every fault of every file in one run.",
    "summary": "The layer table of a net: shapes, parameters, FLOPs, receptive field.",
    "graph": "A picture of a net: SVG, a page that folds, DOT, Mermaid.",
    "compile": "Lower a net to ONNX or Keras.",
    "import": "Make a net of a model of ONNX, Keras or Hugging Face, proved equal.",
    "weights": "Published weights for nets of the zoo: list them, fetch them.",
    "train": "Train a net by a recipe of its file.",
    "sweep": "Many trials of a recipe, over a space of settings.",
    "eval": "The metrics of a trained run on its test data.",
    "cam": "Where in a picture a class is seen, and a box around it.",
    "filters": "Kernels of a convolution, and what it makes of a picture.",
    "features": "Pictures as points: those that a net finds alike lie together.",
    "runs": "Compare runs: settings that differ, figures, curves in one picture.",
    "run": "Run a net or an ONNX model on pictures, arrays, folders and tables.",
    "serve": "Answer requests over HTTP: JSON and pictures in, batched.",
    "verify": "Compare onnxruntime, Keras and ONNX's reference evaluator, layer by layer.",
    "bench": "How fast a net runs: engines side by side, and how far their outputs are apart.",
    "data": "What the data of a recipe are: a table, and a contact sheet of pictures.",
    "diff": "What changed between two versions of a net; what of an old checkpoint loads.",
    "fmt": "Put .net files into the one formatting.",
    "lsp": "The language server: findings, hovers, completion and fixes in an editor.",
    "mcp": "netc's tools for assistants, by the Model Context Protocol.",
    "ops": "The reference of layers, from the table the compiler uses.",
    "cache": "Where findings and features of frozen layers are kept; clear them.",
    "explain": "What a diagnostic code means, with a wrong and a right example.",
}

MODULES = {"weights": "published"}
"""The modules of verbs that are not called as these."""

BACKENDS = frozenset(("onnxruntime", "tensorflow", "keras", "torch"))


class Verbs(click.Group):
    """A group whose commands are modules of this package, imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order a newcomer meets them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a verb, or None."""
        if cmd_name not in VERBS:
            return None
        module = MODULES.get(cmd_name, f"{cmd_name}{'_' * iskeyword(cmd_name)}")
        command: click.Command = import_module(f".{module}", __package__).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the verbs without importing them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the verb; a misspelt one is told what was meant."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from ...dsl.diagnostics.suggest import did_you_mean

            ctx.fail(f"there is no verb `{args[0]}`. {did_you_mean(args[0], VERBS)}".strip())
        return super().resolve_command(ctx, args)


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="netc", message="netc %(version)s")
def cli() -> None:
    """Neural networks as text: checked before they run, compiled to ONNX or Keras."""


def main() -> None:
    """Runs the command line. Exit status: 0 well, 1 the input is at fault, 2 wrong usage."""
    # Imports and graphs make many objects and no garbage: collect seldom.
    gc.set_threshold(100_000, 50, 100)
    open_streams()
    end_on_signals()
    status = execute(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        # The reader of a pipe went away, or the disk is full; there is nowhere to say so.
        os._exit(1)
    if not BACKENDS & sys.modules.keys():
        # Taking a large graph apart object by object is a sixth of a check's time. What a
        # backend has to do at the end of a process is left to it.
        os._exit(status)
    sys.exit(status)


def execute(args: list[str], program: click.Command = cli) -> int:
    """Runs one command and returns its exit status; bad input never ends in a traceback."""
    from ..errors import SettingError, UserError

    try:
        result = program.main(args, prog_name="netc", standalone_mode=False)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        tell(shown.getvalue().removesuffix("\n"), err=True)
        return error.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        tell("interrupted", err=True)
        return 130
    except Ended as ended:
        return 128 + ended.number
    except BrokenPipeError:
        # The reader of a pipe went away; Python must not complain while it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SettingError as error:
        tell(f"Error: --set: {error}", err=True)
        return 2
    except UserError as error:
        for line in error.table:
            tell(terminal(line))
        tell(f"error: {error}", err=True)
        return 1
    except OSError as error:
        if os.environ.get("NETC_DEBUG"):
            raise
        where = f"{error.filename}: " if error.filename else _nameless(error)
        tell(terminal(f"error: {where}{error.strerror or error}"), err=True)
        return 1
    except MemoryError:
        if os.environ.get("NETC_DEBUG"):
            raise
        tell("error: there is not enough memory for this", err=True)
        return 1
    except Exception as error:
        if os.environ.get("NETC_DEBUG"):
            raise
        what = terminal(f"{type(error).__name__}: {error}")
        tell(f"error: netc failed on this input: {what}", err=True)
        tell("This is a bug of netc; NETC_DEBUG=1 shows where.", err=True)
        return 1
    return result if isinstance(result, int) else 0


def _nameless(error: OSError) -> str:
    """Where a disk is full of whose file nothing is known: where results go, or temporary files."""
    from ...dsl.text.files import FULL

    if error.errno not in FULL:
        return ""
    try:
        sys.stdout.flush()
    except OSError:
        return "standard output: "
    import tempfile

    return f"{tempfile.gettempdir()}, for temporary files: "
