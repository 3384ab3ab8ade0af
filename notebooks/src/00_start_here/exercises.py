"""Checks for lesson 00: the majority class, concatenation, and people who are in two splits."""

import numpy as np

from mmcourse.lessons.expect import Exercise, Wrong, close, number, numbers


def majority(answer) -> str:
    train, test = np.array([0, 2, 2, 2, 1, 1]), np.array([0, 1, 1, 1, 1, 2, 2, 0])
    got = number(answer(train, test))
    if close(got, 2 / 8, atol=1e-3):
        return "a score below this one is worse than not looking."
    if close(got, 4 / 8, atol=1e-3):
        raise Wrong("you took the most frequent class of the test labels; a model knows only the train labels.")
    if close(got, 3 / 6, atol=1e-3):
        raise Wrong("that is the accuracy on the train labels: count the class from train, the right answers in test.")
    if close(got, 2, atol=1e-3):
        raise Wrong("that is the class itself or a count; return the share of test labels that are of this class.")
    raise Wrong(
        f"for train {train.tolist()} and test {test.tolist()} the class is 2 and the share 0.25; you have {got:g}."
    )


def concatenate(answer) -> str:
    features = {"image": np.arange(6.0).reshape(2, 3), "audio": 10 + np.arange(4.0).reshape(2, 2)}
    got = numbers(answer(features))
    right = np.hstack(list(features.values()))
    if close(got, right):
        return "five features from three and two; the sample axis is untouched."
    if close(got, np.hstack(list(features.values())[::-1])):
        raise Wrong("the order is the other way round: keep the order of the dict.")
    raise Wrong(f"(2, 3) and (2, 2) must give {right.shape}, yours is {got.shape}: join along the last axis, axis=-1.")


def leaks(answer) -> str:
    train = np.array(["ann", "bob", "bob", "eve"])
    test = np.array(["bob", "bob", "bob", "cat", "dan", "eve", "fay", "gus"])
    got = number(answer(train, test))
    if close(got, 0.5, atol=1e-3):
        return "four of eight test samples are of people the model knows; in this course that share is zero."
    if close(got, 2 / 6, atol=1e-3):
        raise Wrong("that is a share of people; the question is the share of test samples, and one person has three.")
    if close(got, 0.75, atol=1e-3):
        raise Wrong("that is the share of train samples; look at the test samples and ask who is in train.")
    if close(got, 4, atol=1e-3):
        raise Wrong("that is a number of samples; divide it by the number of test samples.")
    raise Wrong(f"of 8 test samples, 3 are bob's and 1 is eve's, so 0.5 are known from train; you have {got:.3f}.")


EXERCISES = {
    1: Exercise(
        majority, "np.bincount counts the classes, argmax finds the largest count, np.mean of a comparison is a share."
    ),
    2: Exercise(concatenate, "np.concatenate takes a list of arrays and an axis."),
    3: Exercise(leaks, "np.isin(a, b) is True where an element of a is somewhere in b."),
}
