"""The engine: draw, then render.

What is drawn depends on nothing but the recipe, the seed, the epoch and the samples; what is rendered
depends on nothing but the plan and the pictures. So what a page shows is what training sees.
"""
