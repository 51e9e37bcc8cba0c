"""What a point of a figure trains, draws and measures."""
