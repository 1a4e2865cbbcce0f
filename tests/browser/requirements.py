"""Finds Chromium for the browser tests; `make test` installs it if it is allowed to.

`python -m tests.browser.requirements` exits with 0 if there is one now, with 1 otherwise.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = (
    "The browser tests need Chromium or Chrome, and neither is installed. Install it with\n"
    "  sudo apt-get install chromium            Debian\n"
    "  sudo apt-get install chromium-browser    Ubuntu\n"
    "  brew install --cask chromium             macOS\n"
    "or from https://www.google.com/chrome/, so that one of these commands is found: " + ", ".join(NAMES)
)


def chromium() -> str | None:
    """Return the path of this machine's Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def main() -> int:
    """Look for Chromium and, as root of a machine with apt, install it."""
    if chromium() is None and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("Installing Chromium for the browser tests")
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=False
        )
    if chromium() is None:
        print(MISSING, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
