"""The game: scripted answers become scores between chance and ceiling, and nothing that was not said is kept."""

import json

import pytest
from scipy import stats

import mmcourse as mm
from mmcourse.lessons import playing, scoreboard
from mmcourse.lessons.session import Lesson
from mmcourse.lessons.source import sources

SEED = 5
RIGHT = [1 + y for y in mm.load("find", train=1, val=1, test=60, seed=SEED).test.y.tolist()]


@pytest.fixture
def player(monkeypatch):
    """A learner in a notebook: `player(answers)` plays; `player.seen` has what was drawn, `player.asked` prompts."""

    class Player:
        def __init__(self):
            self.seen, self.asked = [], []

        def __call__(self, answers):
            script = iter(map(str, answers))
            monkeypatch.setattr("builtins.input", lambda prompt: (self.asked.append(prompt), next(script))[1])
            monkeypatch.setattr(playing, "_in_notebook", lambda: True)
            monkeypatch.setattr(playing, "draw", lambda *what: what)  # a picture costs a sixth of a second
            monkeypatch.setattr(playing, "_show", self.seen.append)
            played = mm.play("find", seed=SEED)
            assert next(script, None) is None, "every answer was asked for"
            return played

    return Player()


def test_three_rounds_are_scored_and_kept(player):
    blind = [1] * 20
    played = player([*blind, *blind, *RIGHT[40:]])
    share = {"image only": RIGHT[:20].count(1) / 20, "text only": RIGHT[20:40].count(1) / 20, "both": 1.0}
    assert {name: score.value for name, score in played.scores.items()} == pytest.approx(share)
    assert played.ceilings == pytest.approx({"image only": 0.25, "text only": 0.25, "both": 1.0})
    assert played.chance == 0.25 and "20 samples are few" in str(played) and "left" not in str(played)
    wilson = stats.binomtest(20, 20).proportion_ci(method="wilson")
    assert (played.scores["both"].low, played.scores["both"].high) == pytest.approx((wilson.low, wilson.high))
    rows = scoreboard.own_rows([scoreboard.PLAY])
    assert [row["method"] for row in rows] == ["you, image only", "you, text only", "you, both"]
    assert [row["modality"] for row in rows] == ["image", "text", None]
    assert rows[2]["scores"] == {str(SEED): 1.0} and (rows[2]["baseline"], rows[2]["ceiling"]) == (0.25, 1.0)
    assert len(player.seen) == len(player.asked) == 60


def test_the_learner_becomes_rows_of_the_scoreboard(player):
    lesson = Lesson(sources(["09"])[0], True, (0,), "")
    committed, before = lesson.source.results.read_bytes(), lesson.scoreboard().alt
    assert "play find" not in before
    player(RIGHT)
    assert "play find, you, image only 1.000; play find, you, text only 1.000; play find, you, both 1.000" in (
        lesson.scoreboard().alt
    )
    other = Lesson(sources(["01"])[0], True, (0,), "")
    assert "play find" not in other.scoreboard().alt, "a lesson without this set"
    assert lesson.source.results.read_bytes() == committed


def test_an_empty_answer_ends_it_and_nothing_is_wrong(player):
    played = player([*RIGHT[:20], *RIGHT[20:24], ""])
    assert list(played.scores) == ["image only"] and played.scores["image only"].value == 1
    assert "of the round that you left nothing is kept" in str(played)
    assert [row["key"] for row in scoreboard.own_rows([scoreboard.PLAY])] == ["you_image"]


def test_who_leaves_at_once_leaves_no_file(player):
    played = player([""])
    assert not played.scores and "no round was finished" in str(played)
    assert not scoreboard.own_folder().exists()
    assert json.loads(played.to_json())["scores"] == {}


def test_a_later_game_takes_the_place_of_the_earlier(player):
    player(RIGHT)
    player([*[RIGHT[0] % 4 + 1], *RIGHT[1:20], ""])
    rows = {row["key"]: row for row in scoreboard.own_rows([scoreboard.PLAY])}
    assert len(rows) == 3 and rows["you_image"]["scores"] == {str(SEED): 0.95}
    assert rows["you_both"]["scores"] == {str(SEED): 1.0}


def test_what_is_no_quarter_is_asked_again(player, capsys):
    names = {1: "Top left", 2: " tr ", 3: "bottom  LEFT", 4: "br"}
    wrong = ["5", "0", "middle", "left", "1.0", "²"]
    played = player([*wrong, *(names[answer] for answer in RIGHT[:20]), ""])
    assert played.scores["image only"].value == 1 and len(player.asked) == len(wrong) + 21
    told = capsys.readouterr().out.splitlines()
    assert len(told) == len(wrong)
    assert told[2] == (
        "'middle' is no quarter: answer with one of 1 top left, 2 top right, 3 bottom left, 4 bottom right."
    )


def test_what_is_hidden_is_not_handed_out(player):
    player(RIGHT)
    x = mm.load("find", train=1, val=1, test=60, seed=SEED).test.x
    for i, (image, text, title) in enumerate(player.seen):
        assert text == (None if i < 20 else x["text"][i])
        assert image is None if 20 <= i < 40 else (image == x["image"][i]).all()
        assert title.endswith(f": {i % 20 + 1} of 20")
    assert player.seen[0][2] == "Round 1 of 3, image only: 1 of 20"


def test_a_figure_shows_and_tells_what_is_there():
    sample = mm.load("find", train=1, val=1, test=1).test
    image, text = sample.x["image"][0], str(sample.x["text"][0])
    alts = [playing.draw(*what, "Round").alt for what in ((image, None), (None, text), (image, text))]
    assert alts == [
        "Round. A picture of four objects, one in each quarter; the request is hidden",
        f"Round. The picture is hidden; {text}",
        f"Round. A picture of four objects, one in each quarter; {text}",
    ]


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_input_that_is_closed_or_interrupted_ends_it(player, monkeypatch, end):
    """What was finished stays."""
    script = iter(map(str, RIGHT[:25]))

    def until_the_end(prompt):
        try:
            return next(script)
        except StopIteration:
            raise end from None

    def ask(quarters):
        monkeypatch.setattr("builtins.input", until_the_end)
        return really(quarters)

    really = playing._ask
    monkeypatch.setattr(playing, "_ask", ask)
    played = player([])
    assert list(played.scores) == ["image only"] and played.scores["image only"].value == 1
    assert [row["key"] for row in scoreboard.own_rows([scoreboard.PLAY])] == ["you_image"]


def test_a_damaged_file_is_told_before_the_first_question(player):
    scoreboard.own_folder().mkdir(parents=True)
    (scoreboard.own_folder() / "play.json").write_text("{")
    with pytest.raises(ValueError, match=r"play\.json is damaged: delete it"):
        player([])
    assert not player.asked


def test_it_needs_a_notebook_and_a_game_that_is_known():
    with pytest.raises(ValueError, match=r"there is one game, play\('find'\); got 'digits'"):
        mm.play("digits")
    with pytest.raises(ValueError, match="needs a notebook: open one with `make lab`"):
        mm.play()
