"""Labelled corpora → (sentence, one of the seven emotions): each file finds its own kind by content and reports what it refused."""
