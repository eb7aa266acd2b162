"""The emotion of a song in its file's own tags."""

from tagger.tags.container import NotTaggable
from tagger.tags.in_place import Unfinished
from tagger.tags.writer import POLICIES, Change, TagState, plan, read, revert, write

__all__ = ["POLICIES", "Change", "NotTaggable", "TagState", "Unfinished", "plan", "read", "revert", "write"]
