"""Advice on how far a recipe may go before its pictures lose their meaning. It never forbids.

`advice_on_values` needs no pictures: it compares the values with the recommended ranges, which each
parameter declares itself, and finds steps that add up. `measure_step` and `measure_whole` render the
pictures and measure how much of each is left after one step alone and after the whole recipe. Both draw
the same numbers for a step, because draws are keyed by the ids of the steps. `losses` says of each
picture what it has lost.

What is measured, and from where on a picture counts as destroyed (see `augment.advice.measures`):

| measure | a picture counts | advice is given |
|---|---|---|
| share of the pixels lost: blanked, blown out, out of sight | above 0.6 | } above 0.3 of the pictures, |
| bits of a coarse grey copy that are left | below 1/3 | } by either measure |
| colour left | below 1/4 | above 0.7 of the pictures |
| own share after mixing | below 1/10 | above 0.7 of the pictures |
| largest share of any picture after mixing | below 1/2 | above 1/2 of the pictures |
"""

from __future__ import annotations

from augment.advice.advice import Advice
from augment.advice.measures import Measured, probe
from augment.advice.pictures import advice_on_measured, losses, measure_step, measure_whole
from augment.advice.values import advice_on_values

__all__ = [
    "Advice",
    "Measured",
    "advice_on_measured",
    "advice_on_values",
    "losses",
    "measure_step",
    "measure_whole",
    "probe",
]
