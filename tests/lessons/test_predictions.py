"""The predictions of lesson 13 are those that carried their digest before the contest was run."""

import hashlib
import json

from mmcourse.lessons import scoreboard
from mmcourse.lessons.source import sources


def test_the_predictions_are_the_ones_that_were_written_down():
    (source,) = sources(["13"])
    said = json.loads((source.folder / "predictions.json").read_text(encoding="utf-8"))
    contents = {key: value for key, value in said.items() if key not in ("lesson", "digest")}
    text = json.dumps(contents, sort_keys=True, ensure_ascii=False)
    assert said["digest"] == hashlib.sha256(text.encode()).hexdigest()
    words = [word for methods in said["predictions"].values() for word in methods.values()]
    assert len(words) == 16 and set(words) == {"level", "behind"} and set(said["reasons"]) == set(said["predictions"])


def test_the_results_were_made_with_these_predictions():
    (source,) = sources(["13"])
    digest = json.loads((source.folder / "predictions.json").read_text(encoding="utf-8"))["digest"]
    claims = {claim["sentence"]: claim for claim in scoreboard.read(source.results)["claims"]}
    assert claims["the predictions are those of their digest"]["value"] == digest
