"""`python -m netc.runtime.ci.post`: one comment on a pull request, written anew at each push.

All that the action gives a token to. It sends the token to GitHub's API and nowhere else.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import click

from ...dsl.text.escape import terminal
from ..cli import execute
from ..cli.say import say_commands
from ..errors import UserError
from .compare import marker

PAGES = 30
"""Of a hundred comments each, in which ours is looked for."""

SECONDS = 30
_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_NOT_ALLOWED = (401, 403, 404)


@click.command()
@click.option("--body", type=click.Path(path_type=Path), required=True)
@click.option("--number", type=click.IntRange(min=1), required=True, help="Of the pull request.")
@click.option("--id", "name", default="netc", help="What the comment is found by.")
@click.option("--author", default="github-actions[bot]", help="Whose comments are ours.")
def command(body: Path, number: int, name: str, author: str) -> None:
    """Post a comment, or write the one that is there anew; the token is in TOKEN."""
    text = body.read_text(encoding="utf-8")
    first = marker(name)
    try:
        api = _Api.of_environment()
        place = f"repos/{api.repository}/issues"
        old = next(
            (
                one["id"]
                for one in _comments(api, f"{place}/{number}/comments")
                if _is_ours(one, first, author)
            ),
            None,
        )
        if old is None:
            api.call("POST", f"{place}/{number}/comments", {"body": text})
        else:
            api.call("PATCH", f"{place}/comments/{old}", {"body": text})
    except HTTPError as error:
        if error.code not in _NOT_ALLOWED:
            raise UserError(f"GitHub did not take the comment: {error.code}") from None
        # What pull requests from forks get: a token that reads.
        say_commands(
            "::notice title=netc::The token may not comment here, so that the comparison stands in "
            "the summary of the job alone."
        )
    except (URLError, HTTPException, TimeoutError, ValueError) as error:
        raise UserError(terminal(f"GitHub's API did not answer as it should: {error}")) from None


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect, which would get the token."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> None:
        """None: the answer is an error."""


@dataclass(frozen=True)
class _Api:
    """GitHub's API, as a repository's token may use it."""

    url: str
    repository: str
    token: str

    @staticmethod
    def of_environment() -> _Api:
        """What the runner says. Raises UserError where it says nothing."""
        url, repository, token = (
            os.environ.get(name, "") for name in ("GITHUB_API_URL", "GITHUB_REPOSITORY", "TOKEN")
        )
        if not (re.match("https?://", url) and _REPOSITORY.fullmatch(repository) and token):
            raise UserError("GITHUB_API_URL, GITHUB_REPOSITORY and TOKEN say where to comment")
        return _Api(url.rstrip("/"), repository, token)

    def call(self, method: str, path: str, value: object = None) -> object:
        """What the API answers. Raises HTTPError, URLError, ValueError."""
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "netc",
        }
        data = None if value is None else json.dumps(value).encode()
        request = Request(f"{self.url}/{path}", data, headers, method=method)
        with build_opener(_NoRedirect).open(request, timeout=SECONDS) as answer:
            return json.loads(answer.read())


def _comments(api: _Api, path: str) -> Iterator[dict[str, object]]:
    for page in range(1, PAGES + 1):
        found = api.call("GET", f"{path}?per_page=100&page={page}")
        if not isinstance(found, list):
            raise ValueError("comments are a list")
        yield from (one for one in found if isinstance(one, dict))
        if len(found) < 100:
            return


def _is_ours(comment: dict[str, object], first: str, author: str) -> bool:
    """Whether a comment is one that this action wrote: anybody could write its first line."""
    user, body = comment.get("user"), comment.get("body")
    mine = isinstance(user, dict) and user.get("login") == author
    return mine and isinstance(body, str) and body.startswith(first) and "id" in comment


def main() -> int:
    """Runs it as a program."""
    return execute(sys.argv[1:], command)


if __name__ == "__main__":
    sys.exit(main())
