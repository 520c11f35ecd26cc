"""Checks of this machine, the data and the site: each finding says whether it is well, and what to do where it is not."""
