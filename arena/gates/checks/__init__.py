"""Gates before a battle: one module a gate, found by its name on disk.

The name of the module is the name under which a verdict is stored and exported. A module offers
`STAGES` and `report`, as ``arena.gates.attempts.Gate`` describes them.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import cast

from arena.gates.attempts import Gate


@cache
def all_gates() -> dict[str, Gate]:
    """Return the gates by the name of their module, in the order in which they are asked."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    found = {name: cast("Gate", importlib.import_module(f"{__name__}.{name}")) for name in names}
    return dict(sorted(found.items(), key=lambda item: (min(item[1].STAGES), item[0])))
