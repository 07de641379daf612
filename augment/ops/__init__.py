"""The ops: one file each, in a package for each group. `augment.registry` finds them by walking."""
