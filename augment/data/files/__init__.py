"""Folders and zip archives as sources: read as a stranger's, by the same rules."""
