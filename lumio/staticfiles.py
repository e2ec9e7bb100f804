from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    """Static files under names that carry their content's hash, also where one JavaScript module imports another."""

    support_js_module_import_aggregation = True
