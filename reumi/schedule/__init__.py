"""Runs commands on a timetable: each slot once or recorded as missed, each job in a process of its own, never two of one job at a time."""
