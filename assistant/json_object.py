"""The type of a JSON object where it is parsed or about to be written."""

from typing import Any

JsonObject = dict[str, Any]
"""Keys and values as `json` has them; inside the program, dataclasses carry them."""
