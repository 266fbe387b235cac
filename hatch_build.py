"""The parts of the package's metadata that depend on where the repository is.

``DAV424_REPOSITORY=https://github.com/NAME/dav424 python -m build`` adds the links of a package index, and makes the relative links
of README absolute. Without the variable, the metadata has no link.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class LinksHook(MetadataHookInterface):
    """Set ``readme`` and ``urls``, both listed as dynamic in pyproject.toml."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add both to the metadata."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        repository = os.environ.get("DAV424_REPOSITORY", "").rstrip("/")
        if repository:
            files = f"{repository}/blob/HEAD/"
            text = re.sub(r"\]\((?![a-z]+:|#)", f"]({files}", text)
            metadata["urls"] = {
                "Source": repository,
                "Documentation": f"{files}docs/",
                "Changelog": f"{files}CHANGELOG.md",
            }
        else:
            metadata["urls"] = {}
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
