"""From a file to the excerpts that are analysed, and to the identity of its audio.

`tagger.audio.decode.read` makes one pass over a file's packets: it hashes all of them (the audio's
identity, which tags do not change) and decodes only those of the excerpts it is asked for.
`tagger.audio.excerpts` says which excerpts those are.
"""
