"""Small SavedModels of every kind that people meet, made on the spot."""

import keras
import tensorflow as tf

RATE = 0.1  # of the moving mean


class Normed(tf.Module):
    """Batch normalisation by hand, a dense kernel, and a penalty on the kernel; an interface like TensorFlow Hub's."""

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(tf.reshape(tf.range(12.0), (4, 3)) / 10, name="block/kernel")
        self.bias = tf.Variable(tf.zeros(3), name="block/bias")
        self.mean = tf.Variable(tf.zeros(4), trainable=False, name="block/mean")
        self.regularization_losses = [tf.function(lambda: tf.reduce_sum(self.kernel**2), input_signature=[])]

    @tf.function
    def __call__(self, x, training=False):
        if training:
            mean = tf.reduce_mean(x, 0)
            self.mean.assign((1 - RATE) * self.mean + RATE * mean)
        else:
            mean = self.mean
        return (x - mean) @ self.kernel + self.bias


class Words(tf.Module):
    """Strings to the mean vector of their words, through a lookup table."""

    def __init__(self):
        super().__init__()
        words = tf.lookup.KeyValueTensorInitializer(["red", "blue", "ring"], tf.constant([1, 2, 3], tf.int64))
        self.table = tf.lookup.StaticHashTable(words, 0)
        self.vectors = tf.Variable(tf.reshape(tf.range(8.0), (4, 2)), name="words/vectors")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, text):
        ids = self.table.lookup(tf.strings.split(text).to_tensor(""))
        return tf.reduce_mean(tf.gather(self.vectors, ids), axis=1)


class Heads(tf.Module):
    """Two outputs by name, and a signature that gives one of them."""

    def __init__(self):
        super().__init__()
        self.scale = tf.Variable(2.0, name="scale")

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="pixels")])
    def __call__(self, x):
        return {"pooled": self.scale * tf.reduce_mean(x, 1, keepdims=True), "all": self.scale * x}

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="pixels")])
    def negative(self, pixels):
        return {"negative": -self.scale * pixels}


def normed(folder) -> str:
    module = Normed()
    for training in (True, False):
        module.__call__.get_concrete_function(tf.TensorSpec((None, 4), tf.float32), training=training)
    tf.saved_model.save(module, str(folder))
    return str(folder)


def words(folder) -> str:
    tf.saved_model.save(Words(), str(folder))
    return str(folder)


def heads(folder) -> str:
    module = Heads()
    tf.saved_model.save(module, str(folder), signatures={"minus": module.negative})
    return str(folder)


def from_keras(folder) -> str:
    """An image model as Keras exports it: a convolution, batch normalisation, a mean over places."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.GlobalAveragePooling2D()]
    )
    model.export(str(folder), verbose=False)
    return str(folder)


def by_keras_2(folder) -> str:
    """A model that Keras 2 trained and saved together with its optimizer, whose slots hang on the model's weights."""
    import tf_keras

    tf_keras.utils.set_random_seed(0)
    model = tf_keras.Sequential([tf_keras.Input((4,)), tf_keras.layers.Dense(3)])
    model.compile(tf_keras.optimizers.legacy.Adam(), "mse")
    model.fit(tf.ones((2, 4)), tf.ones((2, 3)), verbose=0)
    tf.saved_model.save(model, str(folder))
    return str(folder)
