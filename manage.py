#!/usr/bin/env python3
"""Django's entry. A bare `python3 manage.py demo` or `test` also makes the environment it needs.

Nothing here may trouble an old Python's parser: such a Python is to say one clear sentence.
"""

import os
import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Vision Arena needs Python 3.11 to 3.13, and this is Python %d.%d:"
        " run manage.py with a newer one, for example python3.11." % sys.version_info[:2]
    )
if os.name != "posix":
    sys.exit("Vision Arena runs on Linux and macOS; on Windows use it inside WSL.")

from arena.bootstrap import environment

if __name__ == "__main__":
    environment.enter(sys.argv)
    if sys.argv[1:2] == ["demo"]:
        from arena.demo import launch

        launch.main(sys.argv[2:])
        sys.exit()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arena.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
