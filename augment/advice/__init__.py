"""Advice on how far a recipe may go before its pictures mean nothing any more. It never forbids.

`advice_on_values` needs no pictures: it knows how far the field goes with each parameter (`Param.usual`,
which stands at the parameter and nowhere else) and which steps add up. `measure` looks at the pictures:
for each step alone, and for the whole recipe, how much of each picture is still there. The draws are
those of the whole recipe, because they are keyed by the ids of the steps.

What is measured, and from where on a picture counts as destroyed (see `augment.advice.measures`):

| measure | a picture counts | spoken of |
|---|---|---|
| share of the pixels lost: blanked, blown out, out of sight | above 0.6 | } above 0.3 of the pictures, |
| bits of a coarse grey copy that are left | below 1/3 | } either way |
| colour left | below 1/4 | above 0.7 of the pictures |
| own share after mixing | below 1/10 | above 0.7 of the pictures |
| largest share of anybody after mixing | below 1/2 | above 1/2 of the pictures |
"""

from __future__ import annotations

from augment.advice.advice import Advice
from augment.advice.measures import Measured, probe
from augment.advice.pictures import measure, measure_step, measure_whole
from augment.advice.values import advice_on_values

__all__ = [
    "Advice",
    "Measured",
    "advice_on_values",
    "measure",
    "measure_step",
    "measure_whole",
    "probe",
]
