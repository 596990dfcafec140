"""Download the corpora from those who publish them: where, under which licence, and whole or not.

`sources` holds the facts, `download` brings one file over a connection that breaks, `unpack` takes
recordings out of an archive that nobody trusts, `fetch` makes a folder of the collection from them.
"""
