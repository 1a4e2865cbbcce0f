"""The installed command `backfile`: starts the commands of the other packages, and the page.

It stands above `training`, `eval`, `ingest` and `assistant`, because it starts all of them; none of them imports it.
"""
