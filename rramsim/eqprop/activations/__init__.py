"""What a unit makes of its drive."""
