"""Audio files: their hash, and the excerpts that are analysed.

`tagger.audio.decode.read_audio` reads a file in one pass: it hashes all packets, which identifies the audio whatever
its tags, and decodes only the excerpts that it is asked for. `tagger.audio.excerpts` chooses the excerpts.
"""
