"""Match a file with queries of Quod Libet; run by the Python that has Quod Libet.

with_quodlibet_query.py PATH QUERY...   # print a list of true or false in JSON
"""

import json
import sys

import quodlibet

quodlibet.init_cli()

from quodlibet.formats import MusicFile  # noqa: E402
from quodlibet.query import Query  # noqa: E402

song = MusicFile(sys.argv[1])
print(json.dumps([bool(Query(query).search(song)) for query in sys.argv[2:]]))
