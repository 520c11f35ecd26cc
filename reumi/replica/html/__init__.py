"""The site's markup, one file per kind of block."""
