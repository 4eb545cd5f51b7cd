"""What weights a layer drives the one before it with, and how they learn."""
