"""A text as rows: nothing is lost, up undoes down, tokens lie where their characters do."""

import itertools

import pytest

from gptlab_tui.config import CorpusConfig, TokenizerConfig
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.lines import start_of_line
from gptlab_tui.text.tokenizers import build_tokenizer
from gptlab_tui.tui.panes.corpus.pages import (
    REACH,
    LineCount,
    Part,
    Row,
    Span,
    Window,
    coloured,
    row_above,
    rows_from,
    spans,
    wrap,
)

TEXTS = {
    "prose": "Era uma vez um homem, e a noite — fria — caía.\n\nFim é fim.\n" * 30,
    "one line": "abcdefghij " * (REACH // 4),
    "no spaces": "x" * (3 * REACH),
    "wide": "漢字かな交じり文\n" * 50,
    "no end": "a\nb",
}


@pytest.fixture(params=TEXTS)
def corpus(request, tmp_path, home):
    path = tmp_path / "text.txt"
    path.write_text(TEXTS[request.param], "utf-8")
    return open_corpus(CorpusConfig(name=(str(path),)), home)


@pytest.mark.parametrize("width", [1, 7, 40])
def test_rows_hold_all_of_the_text(corpus, width):
    text = corpus.read()[:3000]
    rows = list(wrap(text, 0, width))
    assert "".join(text[row.start : row.stop] for row in rows) == text.replace("\n", "")
    assert all(row.stop - row.start <= width for row in rows)


def test_down_goes_through_all_and_up_comes_back(corpus):
    window, place, width = Window(corpus), 0, 30
    seen = [0]
    while len(rows := rows_from(window, place, width, 2)) == 2 and len(seen) < 400:
        place = rows[1].start
        seen.append(place)
    assert seen == sorted(set(seen))
    for before in reversed(seen[:-1]):
        place = row_above(window, place, width)
        assert place == before
    assert row_above(window, 5, width, 9) == 0


@pytest.mark.parametrize("kind", ["char", "bpe"])
def test_tokens_cover_the_text_in_order(corpus, home, kind):
    text = corpus.read()[:2000]
    tokenizer = build_tokenizer(TokenizerConfig(kind=kind, vocab_size=300), corpus, home)
    found = spans(text, 100, tokenizer)
    assert [span.token for span in found] == tokenizer.encode(text).tolist()
    assert "".join(text[span.start - 100 : span.stop - 100] for span in found) == text
    whole = [one for one in found if one.start < one.stop]
    inside = [(a, b) for a, b in itertools.pairwise(whole) if text[b.start - 101] != "\n"]
    assert all(b.number > a.number for a, b in inside)


def test_a_row_is_coloured_by_token(corpus, home):
    text = corpus.read()[:500]
    tokenizer = build_tokenizer(TokenizerConfig(kind="char"), corpus, home)
    rows = list(wrap(text, 0, 20))
    lines = coloured(rows, spans(text, 0, tokenizer), text, 0, 4)
    expected = [text[row.start : row.stop] for row in rows]
    assert ["".join(part.text for part in line) for line in lines] == expected
    assert all(a.colour != b.colour for line in lines for a, b in itertools.pairwise(line))
    assert all(part.ends and not part.mark for line in lines for part in line)


def test_marks_part_a_token_and_leave_its_end():
    text = "abcdef gh"
    whole = [Span(0, 6, 0, 7), Span(6, 9, 1, 8)]
    marks = [0, 0, 1, 1, 2, 0, 0, 1, 1]
    (parts,) = coloured([Row(0, 9)], whole, text, 0, 4, marks)
    assert parts == [
        Part("ab", 0, 0, False),
        Part("cd", 0, 1, False),
        Part("e", 0, 2, False),
        Part("f", 0, 0, True),
        Part(" ", 1, 0, False),
        Part("gh", 1, 1, True),
    ]


def test_lines_are_counted(corpus):
    text, lines, window = corpus.read(), LineCount(), Window(corpus)
    lines.grow(corpus, lambda: False)
    assert lines.done
    assert lines.total == len(text.splitlines())
    for place in (0, len(text) // 2, len(text) - 1):
        assert lines.line_at(place, window) == text[:place].count("\n") + 1
    for number in {1, min(2, lines.total), lines.total}:
        place, before = lines.before(number)
        assert before == text[:place].count("\n")
        assert start_of_line(corpus, number, place, before) == start_of_line(corpus, number)
    stopped = LineCount()
    stopped.grow(corpus, lambda: True)
    assert not stopped.done
