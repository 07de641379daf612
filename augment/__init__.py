"""Image augmentation, drawn and rendered apart: what is shown is what is trained on."""
