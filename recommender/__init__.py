"""Label → recommendation: finds the songs that fit a diary's feeling and says why."""
