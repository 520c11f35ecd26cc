"""The screen: a diary on the left, the songs that fit on the right."""
