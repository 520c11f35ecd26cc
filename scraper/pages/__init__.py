"""Page objects: HTML in, records out, no I/O."""
