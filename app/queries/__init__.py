"""Read models: what lists, maps and partners are shown, straight from the store."""
