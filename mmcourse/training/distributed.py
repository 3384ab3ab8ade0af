"""Training under a `tf.distribute` strategy with a loop of ours, from public parts only.

Keras 3's `fit` fails under `MultiWorkerMirroredStrategy` (keras#20585: it reduces the metrics of a
step along an axis that a scalar does not have), and under `MirroredStrategy` where
`steps_per_execution` is above 1 (its compiled loop of conditionals over devices is left with a
placeholder that nothing feeds). `Model.train_step` itself is sound. Taught in lesson 24.
"""

from functools import lru_cache

from .batches import Batches


def prepare(model, strategy, batch: tuple) -> None:
    """Create every variable of the model, its metrics and its optimizer, without a training step."""
    import tensorflow as tf

    @tf.function
    def trace(x, y):
        strategy.run(model.test_step, args=((x, y),))

    with strategy.scope():
        trace(*tf.nest.map_structure(tf.convert_to_tensor, batch))
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
    model.reset_metrics()


def train(model, strategy, batches: Batches, validation: Batches | None, callback, first: int, last: int) -> None:
    """Epochs `first` to `last`; `callback` gets the calls that `model.fit` would make."""
    model.stop_training = False
    step, test = (_function(one, strategy) for one in (model.train_step, model.test_step))
    training = _distributed(strategy, batches)
    held_out = None if validation is None else _distributed(strategy, validation)
    for epoch in range(first, last):
        model.reset_metrics()
        callback.on_epoch_begin(epoch)
        iterator = iter(training)
        for begin in range(0, batches.num_batches, model.steps_per_execution):
            count = min(model.steps_per_execution, batches.num_batches - begin)
            callback.on_train_batch_begin(begin)
            for _ in range(count):  # one by one: a compiled loop of them fails on two devices or more
                loss = step(iterator)
            callback.on_train_batch_end(begin + count - 1, {"loss": float(loss)})
        logs = _results(model)
        if held_out is not None:
            model.reset_metrics()
            callback.on_test_begin()
            iterator = iter(held_out)
            for index in range(validation.num_batches):
                callback.on_test_batch_begin(index)
                loss = test(iterator)
                callback.on_test_batch_end(index, {"loss": float(loss)})
            results = _results(model)
            callback.on_test_end(results)
            logs |= {f"val_{name}": value for name, value in results.items()}
        callback.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    model.optimizer.finalize_variable_values(model.trainable_variables)


def read_parts(strategy, variables: list) -> list:
    """What each device holds of variables that are summed when read (metrics): arrays (devices, ...)."""
    return [part.numpy() for part in _reader(strategy, _Same(variables))()]


class _Same(tuple):
    """Equal to a tuple of the same objects: variables themselves compare their values."""

    def __eq__(self, other):
        return len(self) == len(other) and all(mine is theirs for mine, theirs in zip(self, other, strict=True))

    def __hash__(self):
        return hash(tuple(map(id, self)))


@lru_cache(maxsize=1)  # checkpoints of one model follow each other
def _reader(strategy, variables: _Same):
    """The parts of these variables from all processes; a function, since a gather by itself is traced at every call."""
    import tensorflow as tf

    @tf.function
    def read():
        parts = strategy.run(lambda: [tf.expand_dims(variable.value, 0) for variable in variables])
        return [strategy.gather(part, axis=0) for part in parts]

    return read


def write_parts(strategy, variables: list, values: list) -> None:
    """The inverse of `read_parts`."""
    import tensorflow as tf

    def write():
        device = tf.distribute.get_replica_context().replica_id_in_sync_group
        for variable, value in zip(variables, values, strict=True):
            variable.assign(tf.gather(tf.convert_to_tensor(value), device))

    strategy.run(write)


def _function(step, strategy):
    """One compiled step: takes the next batch of an iterator, returns the loss over all devices."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def one(iterator):
        logs = strategy.run(step, args=(next(iterator),))
        return strategy.reduce("MEAN", logs["loss"], axis=None)

    return one


def _distributed(strategy, batches: Batches):
    """This process's part of each global batch, as the strategy wants it."""
    here = strategy.num_replicas_in_sync // batches.processes
    return strategy.distribute_datasets_from_function(lambda context: batches.tf_data(pieces=here))


def _results(model) -> dict[str, float]:
    """The metrics over all processes: reading them here sums what each process has counted."""
    results = {}
    for name, value in model.get_metrics_result().items():
        if isinstance(value, dict):
            results |= {key: float(item) for key, item in value.items()}
        else:
            results[name] = float(value)
    return results
