"""Row → label: gives every lyric line and every diary sentence one of the seven ReUmi emotions."""
