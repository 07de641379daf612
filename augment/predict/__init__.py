"""What a trained model says of pictures: of one, of several views of it, and of a whole split.

`views` and `aggregate` need NumPy alone. What loads a model imports Keras, and is a task of the helper
process (`augment.helper.TASKS`) or of the command line; importing this package imports none of it.
"""
