"""Page → record: reads Melon's pages with a real browser and returns typed records."""
