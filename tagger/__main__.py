"""``python -m tagger`` is ``emotag``."""

from tagger.cli import main

main()
