"""SCORM packages: read from their manifest, unpacked with distrust, run where they reach nothing of ours."""
