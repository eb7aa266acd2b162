"""Read or save files with Picard's file classes; run by the Python that has the libraries of Picard.

with_picard.py read PATH...                # print the tags of each file as a list in JSON
with_picard.py save TITLE PATH...          # set the title, with the default settings
with_picard.py save-id3v23 TITLE PATH...   # the same with the setting ID3v2.3
"""

import json
import sys
import tempfile
from typing import Any
from unittest.mock import MagicMock

sys.path.insert(0, "/usr/lib/picard")

from picard import config, log
from PyQt5 import QtCore

application = QtCore.QCoreApplication([])
# Picard's classes report to its window, which is not open here.
QtCore.QObject.tagger = MagicMock(stopping=False)
log.set_level(50)

with tempfile.TemporaryDirectory() as folder:
    config.setup_config(application, f"{folder}/picard.ini")
    from picard.ui.options import dialog  # noqa: F401  (defines the default settings)

    config.config.setting["write_id3v23"] = sys.argv[1] == "save-id3v23"
    from picard.formats import ext_to_format

    def load(path: str) -> tuple[Any, Any]:
        kind = ext_to_format(path.rsplit(".", 1)[1])
        file = kind(path)
        return file, file._load(path)

    if sys.argv[1] == "read":
        tags = [load(path)[1] for path in sys.argv[2:]]
        print(json.dumps([dict(found.rawitems()) for found in tags]))
    else:
        for path in sys.argv[3:]:
            file, metadata = load(path)
            metadata["title"] = sys.argv[2]
            file._save(path, metadata)
