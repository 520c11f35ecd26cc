"""Jobs that a command, a schedule or a notebook runs alike: each puts the stages together for one purpose."""
