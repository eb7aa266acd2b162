"""Print the changes of a version from the changelog; exit with 1 if the repository is not ready for its release.

python .ci/release_notes.py v0.2.0
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def read(path: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / path).read_text("utf-8")


def problems(version: str, package: str, citation: str, changelog: str) -> list[str]:
    """Return a sentence for each reason why a version cannot be released.

    `package` is the text of the module with the version, `citation` and `changelog` those of the files of these names.
    """
    found = []
    if f'__version__ = "{version}"' not in package:
        found.append(f"tagger/_version.py does not have version {version}.")
    if f"\nversion: {version}\n" not in citation:
        found.append(f"CITATION.cff does not have version {version}.")
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.M):
        found.append(f"CHANGELOG.md has no section for {version} with a date.")
    if "## [Unreleased]" in changelog:
        found.append("CHANGELOG.md still has the section Unreleased.")
    return found


def notes(version: str, changelog: str) -> str:
    """Return the section of a version, without its heading."""
    section = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## |\Z)", changelog, re.M | re.S)
    return section[1].strip() if section else ""


def main(tag: str) -> int:
    """Print the notes for a tag, or the problems on stderr; return the exit status."""
    version = tag.removeprefix("v")
    changelog = read("CHANGELOG.md")
    found = problems(version, read("tagger/_version.py"), read("CITATION.cff"), changelog)
    print("\n".join(found), file=sys.stderr)
    print(notes(version, changelog))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
