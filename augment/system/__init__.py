"""What the program needs of the operating system: processes, files and locks."""
