"""Any Keras loss, by name, function or object, as one that takes sample weights."""

import keras


class _FromFunction(keras.losses.Loss):
    """A loss function such as `keras.losses.mean_squared_error` as a `Loss`."""

    def __init__(self, function):
        super().__init__(name=getattr(function, "__name__", "loss"))
        self.function = function

    def call(self, y_true, y_pred):
        return self.function(y_true, y_pred)


def as_loss(loss) -> keras.losses.Loss:
    """`"mse"`, a function or a `Loss` as a `Loss`."""
    loss = keras.losses.get(loss)
    return loss if isinstance(loss, keras.losses.Loss) else _FromFunction(loss)
