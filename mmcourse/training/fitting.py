"""`fit`: Keras's own training loop, with nothing lost when it is interrupted. Taught in lesson 24."""

import os
import time
from dataclasses import dataclass

import keras

from . import checkpoints, csv_rows
from .batches import Batches
from .keeper import ANYWAY, Keeper
from .progress import progress_callback
from .relay import Relay
from .scale import Scale, scale_of


@dataclass(frozen=True)
class Run:
    """What a training run gave.

    `history`: metric -> one float per epoch, from the first epoch on, also after a resume.
    `epochs`: how many are done. `resumed_from`: (epoch, step), or None for a run from the start.
    `examples_per_second`: over the steps of this process, without validation and without the first
    step of each epoch. `seconds`: of this process, everything included.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> run = fit(model, (np.ones((8, 2)), np.ones((8, 1))), epochs=2, seed=0, batch_size=4, progress=False)
    >>> run.epochs, len(run.history["loss"]), run.resumed_from
    (2, 2, None)
    """

    history: dict[str, list[float]]
    epochs: int
    stopped_early: bool
    resumed_from: tuple[int, int] | None
    examples_per_second: float
    seconds: float


def fit(
    model: keras.Model,
    data,
    *,
    epochs: int,
    seed: int,
    batch_size: int = 64,
    validation=None,
    callbacks: tuple | list = (),
    patience: int | None = None,
    checkpoint_dir: str | os.PathLike | None = None,
    checkpoint_every: int | None = None,
    resume: bool | str = True,
    progress: bool = True,
) -> Run:
    """Train a compiled model so that an interruption costs nothing.

    `data`: a `Multimodal` (trains on `train`, validates on `val`) or `(x, y)` arrays with
    `validation=(x, y)`. The order of the samples is a pure function of (`seed`, epoch); see
    `Batches` for the rows an epoch leaves out. The model's own randomness (initial weights,
    dropout) is drawn where it is built: call `keras.utils.set_random_seed` before that.

    With `checkpoint_dir` the whole state (weights, optimizer, every `SeedGenerator`, metrics,
    callbacks, history, position in the data) is saved after each epoch, and after every
    `checkpoint_every` steps where given. Running the same script again takes the run up there, and
    ends with the same bits as a run never interrupted. On a GPU that also needs
    `tf.config.experimental.enable_op_determinism()`, since its fastest kernels are not
    repeatable. `resume=False` starts over and keeps the old checkpoints aside. A finished run is
    not trained again; with more `epochs` it goes on. What a callback remembers is kept as `callback_state` says;
    a `CSVLogger` goes on below its finished rows. Random numbers must come from a `keras.random.SeedGenerator` that a
    layer owns.

    A checkpoint knows the run it is of: the model's configuration, how it was compiled, the callbacks, `seed`,
    `batch_size` and a digest of all data. Where one of them is another, it is refused with both values;
    `resume="anyway"` takes its state and goes on with the settings of now, the learning rate included. A model class
    or function of one's own is known by name and configuration, a loss function by its code too. A folder serves one
    run at a time.

    `patience` stops after so many epochs without a better `val_loss` and puts the best weights
    back. `progress` shows a bar in a terminal, one updating line in a notebook, a line per epoch
    elsewhere.

    Gradient accumulation, clipping, averaging of weights and schedules are Keras's own, and all of
    them are part of the saved state:
    `keras.optimizers.Adam(schedule, clipnorm=1.0, use_ema=True, gradient_accumulation_steps=4)`
    with `schedule = keras.optimizers.schedules.CosineDecay(1e-3, decay_steps)`. Clipping acts on
    the accumulated gradient; schedules and averages count every step, also those that only
    accumulate, so `decay_steps` is epochs times steps; averaged weights replace the trained ones
    when `fit` ends.

    Raises `NonFiniteLossError` (a `ValueError`) with the batch, when the loss is NaN or infinite;
    `ValueError` for bad arguments, a checkpoint of another model, or other settings than the
    checkpoint's; `OSError` when a checkpoint cannot be written, with the earlier ones intact.
    Taught in lesson 24.

    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> xy = np.ones((8, 2)), np.ones((8, 1))
    >>> for epochs in (1, 3):  # the second call goes on where the first one ended
    ...     run = fit(model, xy, epochs=epochs, seed=0, batch_size=4, checkpoint_dir="runs/b", progress=False)
    >>> run.resumed_from
    (1, 0)
    """
    began = time.perf_counter()
    if not model.compiled:
        raise ValueError("the model is not compiled: call model.compile(optimizer, loss) before fit")
    if checkpoint_every is not None and (checkpoint_dir is None or checkpoint_every < 1):
        raise ValueError(f"checkpoint_every={checkpoint_every} needs a checkpoint_dir, and must be 1 step or more")
    scale = scale_of(model)
    train, val = _batches(data, validation, batch_size, seed, scale)
    if patience is not None:
        if val is None:
            raise ValueError("patience needs validation data: val_loss decides when to stop")
        callbacks = [*callbacks, keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=True)]

    if resume not in (True, False, ANYWAY):
        raise ValueError(f"resume is True, False or {ANYWAY!r}; got {resume!r}")

    kept = [*callbacks, keras.callbacks.History()]
    shown = progress_callback(epochs, train) if progress and scale.rank == 0 else None
    everyone = keras.callbacks.CallbackList(
        [*kept, *([shown] if shown else [])],
        model=model,
        epochs=epochs,
        steps=train.plan.steps,
        verbose=0,
    )
    keeper = None if checkpoint_dir is None else _keeper(checkpoint_dir, model, kept, train, val, scale)
    try:
        found = _begin(keeper, resume, everyone, train, scale)
        if found and shown:
            position = f"epoch {found.meta['epoch']}, step {found.meta['step']} of {train.plan.steps}"
            shown.say(f"resumed at {position}, from {found.path}")
        relay = Relay(everyone, train, keeper, checkpoint_every)
        finished = _go_on(model, scale, train, val, relay, epochs, found)
    finally:
        if keeper:
            keeper.close()
    model.history = history = kept[-1]
    everyone.on_train_end()
    return Run(
        history=history.history,
        epochs=len(history.epoch),
        stopped_early=finished and len(history.epoch) < epochs,
        resumed_from=(found.meta["epoch"], found.meta["step"]) if found else None,
        examples_per_second=relay.examples / relay.seconds if relay.seconds else float("nan"),
        seconds=time.perf_counter() - began,
    )


def _batches(data, validation, batch_size: int, seed: int, scale: Scale) -> tuple[Batches, Batches | None]:
    """Training and validation batches, this process's part of each."""
    if hasattr(data, "train") and hasattr(data, "val"):  # a Multimodal
        if validation is None:
            validation = (data.val.batch(), data.val.y)
        data = (data.train.batch(), data.train.y)
    for name, given in (("data", data), ("validation", validation)):
        if given is not None and not (isinstance(given, tuple) and len(given) == 2):
            raise ValueError(f"{name} must be a Multimodal or a pair (x, y); got {type(given).__name__}")
    share = {"rank": scale.rank, "processes": scale.processes, "replicas": scale.replicas}
    train = Batches(*data, batch_size, seed=seed, **share)
    val = None if validation is None else Batches(*validation, batch_size, **share)
    return train, val


def _keeper(directory, model, kept: list, train: Batches, val: Batches | None, scale: Scale) -> Keeper:
    """The keeper of this run, with all that an exact continuation depends on."""
    described = None if val is None else val.describe()
    run = train.describe() | {"validation": described, "devices": scale.replicas}
    return Keeper(directory, model, kept, run, chief=scale.rank == 0)


def _begin(keeper: Keeper | None, resume: bool | str, everyone, train: Batches, scale: Scale):
    """Begin training: for the callbacks, and from a checkpoint where there is one, which is returned."""
    if keeper is None:
        everyone.on_train_begin()
        return None
    found = _find(keeper, resume, train, scale)
    with csv_rows.going_on(keeper.callbacks if found else []):
        everyone.on_train_begin()
    if found:
        csv_rows.cut(keeper.callbacks, found.meta["epoch"])
    keeper.begin(found)
    return found


def _find(keeper: Keeper, resume: bool | str, train: Batches, scale: Scale) -> checkpoints.Checkpoint | None:
    if resume is False:
        if keeper.chief:
            checkpoints.set_aside(keeper.directory)
        return None
    if not checkpoints.names(keeper.directory):
        return None
    scale.prepare(keeper.model, train[0])
    found = keeper.load(resume)
    if found:
        scale.agree(found.meta["epoch"] * train.plan.steps + found.meta["step"])
    return found


def _go_on(model, scale: Scale, train: Batches, val: Batches | None, relay: Relay, epochs: int, found) -> bool:
    """Train from where a checkpoint is, or from the start, to the last epoch; whether the run has ended early."""
    epoch, step = (found.meta["epoch"], found.meta["step"]) if found else (0, 0)
    if step:
        relay.metrics_state = found.arrays
    if epoch >= epochs or (found and found.meta["finished"]):
        model.optimizer.finalize_variable_values(model.trainable_variables)
        return bool(found and found.meta["finished"])
    return _run_epochs(model, scale, train, val, relay, epoch, epochs, step)


def _run_epochs(
    model, scale: Scale, train: Batches, val: Batches | None, relay: Relay, first: int, last: int, start: int
) -> bool:
    """Epochs `first` to `last`, the first from step `start`; return whether a callback has stopped training."""
    if start:
        # the rest of the interrupted epoch is a training of its own for Keras, which replaces the
        # weights by their averages when it ends (use_ema); undone where training goes on
        _train(model, scale, train, val, relay, first, first + 1, start)
        first += 1
        if first >= last or model.stop_training:
            return model.stop_training
        for variable, value in zip(model.trainable_variables, relay.weights, strict=True):
            variable.assign(value)
    _train(model, scale, train, val, relay, first, last, 0)
    return model.stop_training


def _train(model, scale: Scale, train: Batches, val: Batches | None, relay: Relay, first: int, last: int, start: int):
    """Epochs `first` to `last`, the first one from step `start`, by the engine that the scale has."""
    train.start = start
    train.epoch = first
    relay.set_model(model)
    if scale.replicas > 1 and not model.optimizer.built:
        scale.prepare(model, train[0])
    if scale.needs_own_loop(model):
        from .distributed import train as train_distributed

        train_distributed(model, scale.strategy, train, val, relay, first, last)
        return
    model.fit(
        train.source(),
        shuffle=False,  # the batches have their order
        validation_data=None if val is None else val.source(),
        initial_epoch=first,
        epochs=last,
        callbacks=[relay],
        verbose=0,
    )
