"""Read or save files with Quod Libet's format classes; run by the Python that has Quod Libet.

with_quodlibet.py read PATH...          # print the tags of each file as a list in JSON
with_quodlibet.py save TITLE PATH...    # set the title
"""

import json
import sys

import quodlibet

quodlibet.init_cli()

from quodlibet.formats import MusicFile  # noqa: E402

if sys.argv[1] == "read":
    songs = [MusicFile(path) for path in sys.argv[2:]]
    print(json.dumps([{key: song.list(key) for key in song.realkeys()} if song else {} for song in songs]))
else:
    for path in sys.argv[3:]:
        song = MusicFile(path)
        song["title"] = sys.argv[2]
        song.write()
