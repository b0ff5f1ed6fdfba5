"""`python -m arena.core.web.healthcheck URL`: ask a program of this machine whether it answers.

Standard library alone: it runs every few seconds.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

_SECONDS = 3.0


def main(url: str) -> int:
    """An exit status: 0 for an answer of success."""
    if not url.startswith("http://"):
        sys.stderr.write("A health check asks this machine, by http://.\n")
        return 2
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310  # http:// alone
            return int(answer.status != 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        sys.stderr.write(f"{url}: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
