"""Emotions in the tags of music files: read, write and undo.

Where to find what, in the order of a write:

1. `writer.write` locks the file (`atomic.exclusive_lock`) and opens its container (`containers.open_container`). Each
   family of containers has a module: `id3`, `vorbis`, `mp4`, `ape`, `asf`. They implement `container.Container` with
   the parsers in `raw`. `schema` has the names and the form of emotag's fields.
2. `planning.plan_change` computes the new values from the emotion, the policy and the moods of other programs, which
   `ownership.split_moods` separates from emotag's. If nothing changes, the write ends here.
3. `atomic.temporary_copy` copies the file. The new values are written into the copy, which is then read again and
   checked: the values are the new ones, all other tags are unchanged byte for byte, the audio has the same hash.
4. `prepared_copy.PreparedCopy` copies the file's owner, mode and attributes (`metadata`) and flushes the copy to disk.
5. The record for undo (`write_record.WriteRecord`) is saved by the caller. Its delta (`delta`) restores the old file
   byte for byte.
6. Only now the file changes: `atomic.install` exchanges it with the copy. A file that cannot be replaced, for example
   one with hard links, is overwritten by `in_place.overwrite_in_place`, with a record in a journal.

`reader.read` reads the emotion, `basic_tags.read_basic_tags` title, artist, album and genres. `writer.revert` undoes a
write from its record, or field by field if another program has changed the file since. After a crash,
`recovery.recover` finishes writes in place, and `atomic.remove_leftovers` removes copies. `safe_read` limits memory
and time of mutagen, which is used for reading only.
"""

from tagger.errors import NotTaggable
from tagger.tags.in_place import IncompleteWrite
from tagger.tags.planning import POLICIES, Change, plan
from tagger.tags.reader import TagState, read
from tagger.tags.writer import revert, write

__all__ = ["POLICIES", "Change", "IncompleteWrite", "NotTaggable", "TagState", "plan", "read", "revert", "write"]
