"""What is prepared of a source: made, kept, opened, listed, checked and removed."""
