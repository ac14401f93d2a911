"""The stages in their order: objects in, objects out, no files."""
