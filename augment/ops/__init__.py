"""The ops, one a file, in a package for each group. `augment.registry` finds them by walking."""
