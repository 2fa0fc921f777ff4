"""`make site`: the pages of docs/ and the playground, in site/, for any host or a disk."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import sys

from .check_site import faults
from .pages import ROOT, stage
from .playground_build import build as build_playground

SITE = ROOT / "site"
WORK = ROOT / ".cache" / "site"

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def main() -> int:
    """Builds the site; 1 where a link of it leads nowhere."""
    shutil.rmtree(SITE, ignore_errors=True)
    pages = WORK / "pages"
    stage(pages)
    sphinx = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    folders = ["-c", str(ROOT / "web"), "-d", str(WORK / "doctrees"), str(pages), str(SITE)]
    subprocess.run([*sphinx, *folders], check=True)
    for page in SITE.glob("*.html"):
        page.write_text(with_policy(page.read_text(encoding="utf-8")), encoding="utf-8")
    build_playground(SITE, WORK)
    found = list(faults(SITE))
    print(*found, f"{SITE.name}/: {len(list(SITE.glob('*.html')))} pages", sep="\n")
    return 1 if found else 0


def with_policy(page: str) -> str:
    """The page with a policy that lets it load what is beside it, and run what it came with."""
    digests = {hashlib.sha256(code.encode()).digest() for code in _INLINE.findall(page)}
    own = "".join(f" 'sha256-{base64.b64encode(each).decode()}'" for each in sorted(digests))
    policy = (
        f"default-src 'none'; script-src 'self'{own}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'"
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return page.replace("<head>", f"<head>{meta}", 1)


if __name__ == "__main__":
    sys.exit(main())
