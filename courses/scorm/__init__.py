"""SCORM packages: read from their manifest, unpacked with distrust, run where they reach nothing of ours."""

from .runtime import is_complete

__all__ = ["is_complete"]
