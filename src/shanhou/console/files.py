"""How the files that pages load are named: by their content, so that a browser may keep them."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class NamedByContent(ManifestStaticFilesStorage):
    """Hashed names; no served style points to another file, so none is rewritten."""

    patterns = ()
