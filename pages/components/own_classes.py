"""What a step for chosen classes means where each picture is a class of its own."""

from __future__ import annotations

from augment import Recipe, registry
from augment.data.uploads import Uploaded


def remarks(own: Uploaded, recipe: Recipe) -> list[str]:
    """Return a sentence for each step that is for chosen classes, which here are pictures."""
    names = own.class_names
    said = []
    for step in recipe.walk():
        if not step.enabled or step.classes is None:
            continue
        title = registry()[step.op].title
        pictures = [names[n] for n in step.classes if n < len(own)]
        if pictures:
            said.append(
                f"{title} is only for {', '.join(pictures)}: each of your pictures is a class, "
                "numbered in their order, and with flowers these numbers are other classes."
            )
        else:
            said.append(
                f"{title} is only for classes that your pictures do not have: each of them is a "
                "class, numbered in their order."
            )
    return said
