"""The installed command `backfile`: starts the commands of the other packages, and the page.

It imports `training`, `eval`, `ingest` and `assistant`, because it starts all of them. None of them imports it.
"""
