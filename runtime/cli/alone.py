"""Files checked one by one, what is known of them from the cache, and put together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ...compiler.analysis import Analysis
from ...compiler.link.reach import asked_once
from ...dsl.record import record
from ..cache.disk import Disk
from ..cache.place import OFF, VARIABLE, folder, why_unusable
from ..cache.records import Known
from ..cache.state import context
from ..cache.store import Store
from .bugs import keeps_going
from .say import say


@record
class Manner:
    """How files are checked."""

    max_layers: int
    cached: bool
    """Whether what is known of files is read and kept."""
    jobs: int | None
    """The most processes; None leaves it to the work there is."""

    def check(self, files: Sequence[Path]) -> Analysis:
        """What the checks of some files find, each alone and with its fixes proved."""
        with asked_once():
            return self._check(files)

    def _check(self, files: Sequence[Path]) -> Analysis:
        disk = Disk()
        here = os.getcwd()
        targets = [disk.target(os.path.join(here, path)) for path in files]
        alone = len({disk.root(os.path.dirname(target)) for target in targets}) == 1
        store = self._store()
        known = Known(store, disk, context(alone, self.max_layers) if store is not None else "")
        found = [known.find(path) for path in files]
        missing = [at for at, one in enumerate(found) if one is None]
        if missing:
            from .workers import Checker

            checker = Checker(known, alone, self.max_layers)
            checks = checker.check([files[at] for at in missing], self.jobs)
            for at, made in zip(missing, checks, strict=True):
                found[at] = made
            known.save()
        each = [one for one in found if one is not None]
        names = [one if isinstance(one, str) else one.name for one in each]
        paths = dict(zip(names, files, strict=True))
        if all(isinstance(one, str) for one in each):
            return Analysis(files=names, paths=paths)
        from ...compiler.together import FileFindings, together

        findings = [FileFindings(one) if isinstance(one, str) else one for one in each]
        return Analysis(diagnostics=together(findings), files=names, paths=paths)

    def _store(self) -> Store | None:
        """What is kept between processes; None where nothing is to be, or may not be."""
        if not self.cached or os.environ.get(OFF) or not keeps_going():
            return None
        path = folder()
        why = why_unusable(path)
        if why is None:
            return Store(path)
        if os.environ.get(VARIABLE):
            say(f"note: the cache {path} is not used: {why}", err=True)
        return None
