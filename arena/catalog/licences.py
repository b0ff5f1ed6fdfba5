"""Whether a licence, as the Hub spells it, lets its model be used commercially."""

from __future__ import annotations

from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CommercialUse(TextChoices):
    """The answer of a licence to whether its model may be used commercially."""

    UNKNOWN = "", _("not known")
    YES = "yes", _("permitted")
    CONDITIONS = "conditions", _("under the licence's own conditions")
    NO = "no", _("not permitted")


_YES: Final = frozenset(
    {
        *("apache-2.0", "mit", "isc", "unlicense", "wtfpl", "zlib", "ncsa", "postgresql", "0bsd"),
        *("bsd", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "bsl-1.0", "ms-pl"),
        *("cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0"),
        *("cc-by-sa-3.0", "cc-by-sa-4.0", "afl-3.0", "artistic-2.0", "ecl-2.0"),
        *(
            "mpl-2.0",
            "epl-1.0",
            "epl-2.0",
            "eupl-1.1",
            "eupl-1.2",
            "osl-3.0",
            "cdla-permissive-2.0",
        ),
        *("gpl-2.0", "gpl-3.0", "agpl-3.0", "lgpl-2.1", "lgpl-3.0"),
    }
)
_NO: Final = frozenset({"apple-amlr", "fair-noncommercial-research-license", "intel-research"})
_NO_PARTS: Final = ("-nc-", "noncommercial", "non-commercial")
"""Parts of a licence's name that forbid commercial use, such as "cc-by-nc-4.0" has one."""


def commercial_use(licence: str) -> CommercialUse:
    """Return what a licence says of commercial use.

    A licence with a text of its own (``other``, ``gemma``, ``llama3``, ``openrail``) has
    conditions that a person must read; without a licence nothing is known.
    """
    name = licence.strip().lower()
    if not name or name == "unknown":
        return CommercialUse.UNKNOWN
    if name in _YES:
        return CommercialUse.YES
    if name in _NO or any(part in f"{name}-" for part in _NO_PARTS):
        return CommercialUse.NO
    return CommercialUse.CONDITIONS
