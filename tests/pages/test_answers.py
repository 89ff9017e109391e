"""What a reader gets: quotes with their sources, cards, written answers, refusals, follow-ups, other languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from telal_scenes import (
    AFTER,
    BEFORE,
    CROSSED,
    CYRILLIC,
    LIM_AFTER,
    LIM_BEFORE,
    LINES,
    NEAREST,
    QUOTE,
    QUOTE_LATIN,
    QUOTE_SR,
    SCENES,
    STORIES,
    TRANSLATED,
    UNTRANSLATED,
    UNWRITTEN,
    WORDING,
    WRITTEN,
)

pytestmark = pytest.mark.browser
PARTIAL = SCENES["!partial"].answer


def test_quotes_come_with_outlet_and_date_and_speak_their_language(visit, double):
    reader = visit(double.url)
    turn = reader.ask("Who signed the Tirana agreement?")
    expect(turn.get_by_role("heading", level=3)).to_have_text("You asked: Who signed the Tirana agreement?")
    quotes = turn.locator("blockquote")
    expect(quotes).to_have_text([BEFORE + QUOTE + AFTER, QUOTE_SR])
    expect(quotes.first.locator("mark")).to_have_text(QUOTE)
    expect(turn.locator("figure")).to_have_count(2)
    expect(quotes.nth(1)).to_have_attribute("lang", "sr-Cyrl")
    expect(turn.locator(".source")).to_have_text(
        [
            "Source 1:1The Adriatic Observer, 18 March 2025: "
            "Albania, Croatia and Kosovo sign a defence agreement in Tirana",
            "Source 2:2Дневни гласник, 19 March 2025 Serbian (Cyrillic): Три земље потписале споразум о одбрани",
        ]
    )
    quote, source = quotes.first.bounding_box(), turn.locator(".source").first.bounding_box()
    assert quote and source and source["x"] > quote["x"] + quote["width"]  # beside it
    reader.page.set_viewport_size({"width": 360, "height": 740})
    quote, source = quotes.first.bounding_box(), turn.locator(".source").first.bounding_box()
    assert quote and source and source["y"] > quote["y"] + quote["height"]  # below it
    reader.shot("quotes")


def test_an_article_is_shown_once_however_often_it_is_cited(visit, double):
    turn = visit(double.url).ask("!passage")
    expect(turn.locator("blockquote")).to_have_text(["One 𝐬𝐞ntence. The next. The last.", "Far below.", QUOTE_SR])
    expect(turn.locator("blockquote").first.locator("mark")).to_have_text(["One 𝐬𝐞ntence.", "The next."])
    captions = turn.locator("figcaption")
    expect(captions.first.locator(".number")).to_have_text(["1", "3", "4"])
    expect(captions.last.locator(".number")).to_have_text(["2"])


def test_a_serbian_quote_is_shown_in_the_readers_script_when_asked_for(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!serbian")
    switch = turn.get_by_role("button", name="In Latin script")
    expect(turn.locator("blockquote")).to_have_count(1)
    switch.click()
    expect(turn.locator("blockquote")).to_have_text([f"Лепо је. {QUOTE_SR}", f"Lepo je. {QUOTE_LATIN}"])
    expect(turn.locator("blockquote").last).to_have_attribute("lang", "sr-Latn")
    expect(turn).to_contain_text("The same, transliterated letter by letter.")
    expect(turn.locator("blockquote").first.locator("mark strong")).to_have_text("Споразум")
    reader.shot("script")
    assert reader.violations() == []
    switch.click()
    expect(turn.locator("blockquote")).to_have_count(1)


def test_a_foreign_quote_is_translated_with_a_tap_and_the_original_stays(visit, double):
    reader = visit(double.url, width=360)
    turn = reader.ask("!foreign")
    buttons = turn.get_by_role("button", name="In English")
    expect(buttons).to_have_count(3)
    assert double.translated == []  # nothing is asked for before
    figure = turn.locator("figure").first
    buttons.first.click()
    expect(figure.locator(".written")).to_have_text(TRANSLATED)
    expect(figure.locator(".origin")).to_have_text(WORDING)
    expect(figure.locator("blockquote")).to_have_text(QUOTE_SR)  # the original
    ((path, body),) = double.translated
    assert path == "/v1/articles/told/translation"
    assert body == {
        "language": "en", "passage_id": CYRILLIC["passage_id"], "headline": False,
        "start": CYRILLIC["start"], "end": CYRILLIC["end"],
    }  # fmt: skip
    expect(buttons.first).to_have_attribute("aria-expanded", "true")
    reader.shot("translated")
    assert reader.violations() == []
    buttons.first.click()
    expect(figure.locator(".written")).to_have_count(0)
    buttons.first.click()
    expect(figure.locator(".written")).to_have_text(TRANSLATED)
    assert len(double.translated) == 1  # shown again, not asked for again


def test_a_translation_waits_until_the_answer_is_whole(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!abroad", wait=False)
    expect(turn.locator(".wording")).to_contain_text("A language model is writing the answer…")
    expect(turn.locator("figure blockquote")).to_have_text(QUOTE_SR)
    expect(turn.get_by_role("button", name="In English")).to_have_count(0)
    double.go_on.set()
    turn.get_by_role("button", name="In English").click()
    expect(turn.locator("[part=translation]")).to_contain_text(TRANSLATED)


def test_a_translation_that_is_not_to_be_had_says_why(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!foreign")
    untold, gone = turn.locator("figure").nth(1), turn.locator("figure").nth(2)
    untold.get_by_role("button", name="In English").click()
    expect(untold.locator(".origin")).to_have_text(UNTRANSLATED)
    expect(untold.locator(".written")).to_have_count(0)
    gone.get_by_role("button", name="In English").click()
    expect(gone).to_contain_text("The article has changed since this was quoted.")
    assert reader.violations() == []
    reader.shot("untranslated")
    expect(reader.ask("!serbian").get_by_role("button", name="In English")).to_have_count(0)


def test_a_model_that_is_silent_is_said_to_be_and_leaves_no_gap(visit, double):
    reader = visit(double.url, width=390, height=844)
    turn = reader.ask("!dumb", wait=False)
    waits = turn.locator(".wording")
    expect(waits).to_contain_text("A language model is writing the answer…")
    kept = waits.bounding_box()
    double.go_on.set()
    expect(waits).to_have_text(UNWRITTEN)
    left = waits.bounding_box()
    assert kept and left and left["height"] < kept["height"] / 2
    figure = turn.locator("figure").first
    figure.get_by_role("button", name="In English").click()
    expect(figure.locator(".note")).to_have_text("The language model does not answer. Please try again in a moment.")
    reader.shot("dumb")


def test_what_a_translation_says_is_brought_into_sight_on_a_phone(visit, double):
    reader = visit(double.url, width=390, height=844)
    turn = reader.ask("!foreign")
    button = turn.get_by_role("button", name="In English").first
    button.evaluate("b => window.scrollBy(0, b.getBoundingClientRect().bottom - innerHeight + 20)")  # at the lower edge
    button.dispatch_event("click")
    expect(turn.locator("[part=translation] .written")).to_have_text(TRANSLATED)
    told = turn.locator("[part=translation]").first.bounding_box()
    form = reader.chat.locator("form").last.bounding_box()
    assert told and form and told["y"] + told["height"] <= min(form["y"], 844)


def test_that_one_source_alone_says_so_stands_on_its_card(visit, double):
    turn = visit(double.url).ask("!alone")
    expect(turn.locator(".answer .note")).to_have_count(0)
    turn.locator(".source").click()
    expect(turn.locator(".card .note")).to_have_text("Only one independent source says so.")


def test_sentences_appear_as_they_come(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!hold", wait=False)
    expect(turn.locator("blockquote")).to_have_count(1)
    expect(turn.locator(".busy")).to_have_text("Searching the archive…")
    double.go_on.set()
    expect(turn.locator("blockquote")).to_have_count(2)
    expect(turn.locator(".busy")).to_have_count(0)


def test_a_citation_opens_a_card_with_the_quote_marked_in_its_paragraph(visit, double):
    reader = visit(double.url)
    turn = reader.ask("Who signed?")
    turn.get_by_role("button", name="Source 1").click()
    card = turn.get_by_role("region")
    expect(card.locator("blockquote")).to_have_text(BEFORE + QUOTE + AFTER)
    expect(card.locator("mark")).to_have_text(QUOTE)
    expect(card.locator("li")).to_have_text(["Report", "18 March 2025", "English"])
    expect(card.get_by_role("link", name="The whole story")).to_have_attribute("href", re.compile("/story/.+lang=en$"))
    link = card.get_by_role("link", name="Read at")
    expect(link).to_have_text("Read at news.example (new tab)")
    where = "https://news.example/tirana-agreement#:~:text=The%20defence%20ministers%20Pirro%20Vengu%2C,Ejup%20Maqedonci%20signed%20the%20agreement."
    expect(link).to_have_attribute("href", where)
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    reader.shot("card")
    turn.get_by_role("button", name="Source 2").click()
    expect(card).to_have_count(1)
    expect(card.locator("h4")).to_have_attribute("lang", "sr-Cyrl")
    expect(card.locator("li")).to_have_text(
        [
            "Analysis",
            "19 March 2025",
            "Updated on 21 March 2025",
            "Corrected",
            "In 2 outlets: Дневни гласник, Another",
            "Српски",
        ]
    )
    expect(card.get_by_role("link", name="Read at")).to_have_attribute("href", re.compile("#vrh:~:text="))
    turn.get_by_role("button", name="Source 2").click()
    expect(card).to_have_count(0)


@pytest.mark.parametrize(
    ("scene", "said"),
    [
        ("!gone", "The paragraph around it could not be loaded."),
        ("!changed", "The article has changed since this was quoted."),
    ],
)
def test_a_card_without_its_paragraph_shows_the_quote_and_says_why(visit, double, scene, said):
    reader = visit(double.url)
    turn = reader.ask(scene)
    turn.locator(".source").click()
    expect(turn.locator(".card .meta").last).to_have_text(said)
    expect(turn.locator(".card mark")).to_have_text(QUOTE)


def test_what_a_model_wrote_stands_above_the_quotes_with_its_originals(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!model", wait=False)
    expect(turn.locator("blockquote mark")).to_have_text(QUOTE)  # before the model has said anything
    expect(turn.locator(".wording")).to_contain_text("A language model is writing the answer…")
    before = turn.locator("figure").first.bounding_box()
    double.go_on.set()
    expect(turn.locator(".written")).to_have_count(2)
    expect(turn.locator(".origin").first).to_have_text(WORDING)
    after = turn.locator("figure").first.bounding_box()
    assert before and after and after["y"] - before["y"] < 60  # its place was kept
    same, foreign = turn.locator(".originals").all()
    expect(same.locator("blockquote")).to_be_hidden()
    expect(foreign.locator("blockquote")).to_have_text(QUOTE_SR)
    expect(foreign.locator("blockquote")).to_be_visible()
    foreign.get_by_role("button", name="Source 2").click()
    expect(turn.locator(".card mark")).to_have_text(QUOTE_SR)
    expect(turn.locator("footer .origin")).to_have_text(
        "As of 1 June 2025. Sentences left out because a check failed: 2."
    )
    expect(reader.status).to_contain_text("Three defence ministers")
    expect(reader.status).to_contain_text(WORDING)
    reader.shot("model")
    silent = reader.ask("!speechless")
    expect(silent.locator(".wording")).to_have_text("No answer found.")


def test_an_overview_stands_above_the_stories(visit, double):
    turn = visit(double.url).ask("!overview")
    expect(turn.locator(".wording .written")).to_have_text(WRITTEN[0]["text"])
    expect(turn.locator(".wording ~ .group .story")).to_have_count(len(STORIES))


def test_short_answer_notes_and_what_was_searched_for(visit, double):
    reader = visit(double.url)
    turn = reader.ask("And who signed it? !rich")
    expect(turn.locator(".short bdi")).to_have_text(["Pirro Vengu", "Ivan Anušić"])
    expect(turn.locator(".short button")).to_have_text(["1", "2"])
    expect(turn.locator("blockquote strong")).to_have_text(["Pirro Vengu", "Ivan Anušić"])
    expect(turn.locator("blockquote").first).to_have_text(QUOTE)
    expect(turn.locator("figure").first).to_contain_text("According to The Adriatic Observer, 18 March 2025:")
    said = ["“Tuesday” was 18 March 2025.", "This is an opinion.", "Two independent outlets report this."]
    expect(turn.locator(".answer .note")).to_have_text(said)
    expect(turn).to_contain_text("Searched for: Who signed the Tirana agreement?")
    turn.locator("figure").get_by_role("button", name="Source 1").click()
    expect(turn.locator(".card li").last).to_have_text("English")
    expect(turn.locator(".card")).to_contain_text("In 3 outlets: The Adriatic Observer, Дневни гласник, <img")
    reader.shot("rich")
    assert reader.violations() == []
    turn.locator("figure").get_by_role("button", name="Source 2").click()
    expect(turn.locator(".card")).not_to_contain_text("outlet")  # one alone is no news
    plain = reader.ask("who signed, the tirana agreement")
    expect(plain).not_to_contain_text("Searched for")


def test_conflicting_reports_stand_side_by_side(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!conflict")
    expect(turn.get_by_role("heading", name="Reports differ")).to_be_visible()
    sides = turn.locator(".sides section")
    expect(sides.locator("h5")).to_have_text(["According to Albania’s foreign minister", "Дневни гласник"])
    left, right = sides.nth(0).bounding_box(), sides.nth(1).bounding_box()
    assert left and right and left["y"] == right["y"] and left["x"] + left["width"] < right["x"]
    reader.page.set_viewport_size({"width": 360, "height": 740})
    left, right = sides.nth(0).bounding_box(), sides.nth(1).bounding_box()
    assert left and right and left["x"] == right["x"] and left["y"] < right["y"]


@pytest.mark.parametrize(("scene", "said"), [("!refuse", "found no answer"), ("!subject", "“Rhodes”, not “Corfu”")])
def test_a_refusal_is_a_line_over_the_headlines_that_come_nearest(visit, double, scene, said):
    reader = visit(double.url, width=360)
    turn = reader.ask(f"What happened on Corfu? {scene}")
    expect(turn.locator(".refusal")).to_contain_text(said)
    nearest = turn.get_by_role("list", name="Nearest articles").get_by_role("listitem")
    expect(nearest.locator(".title")).to_have_text([near["title"] for near in NEAREST[:3]])
    expect(nearest.nth(1)).to_contain_text("Дневни гласник · USA TODAY, undated")
    expect(nearest.get_by_role("link")).to_have_count(3)
    brief = nearest.nth(1).get_by_role("link")  # its own address is a script
    expect(brief).to_have_attribute("href", re.compile("/story/.+lang=en$"))
    expect(turn.locator("blockquote, mark")).to_have_count(0)
    room = turn.bounding_box()
    assert room and room["height"] <= 700  # of 800 px: the next question is in sight
    for gone in ("Helpful", "Share", "Copy with sources"):
        expect(turn.get_by_role("button", name=gone)).to_have_count(0)
    expect(turn.get_by_role("button", name="Report a problem")).to_be_visible()
    reader.shot("refusal")
    assert reader.violations() == []


def test_doubt_is_seen_one_passage_nothing_marked_the_others_in_a_line(visit, double):
    reader = visit(double.url)
    turn = reader.ask("!doubt")
    expect(turn.locator(".note")).to_have_text("This passage comes nearest; it may answer the question.")
    expect(turn.locator("figure.quote")).to_have_count(1)
    expect(turn.locator("figure.further blockquote")).to_have_text([QUOTE, QUOTE_SR])
    expect(turn.locator("figure.further .title")).to_have_count(2)
    mark = turn.locator("figure.quote mark")
    expect(mark).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    expect(turn.locator("figure.quote blockquote")).to_have_css("border-left-style", "solid")
    doubt, quote = turn.locator(".doubt").bounding_box(), turn.locator("blockquote").first.bounding_box()
    assert doubt and quote and doubt["y"] + doubt["height"] < quote["y"]
    assert reader.violations() == []
    several = reader.ask("!partial")
    said = [*PARTIAL["notices"], *(remark["text"] for remark in PARTIAL["remarks"])]
    expect(several.locator(".note")).to_have_text(said)


@pytest.mark.parametrize("language", LINES)
def test_the_short_answer_stands_first_and_large_with_its_source_in_the_line(visit, double, language):
    reader = visit(f"{double.url}/?lang={language}", width=360)
    turn = reader.ask(f"!line-{language}")
    line, quote = turn.locator(".short"), turn.locator("blockquote").first
    expect(line.locator("bdi").first).to_have_text(LINES[language])
    chip = line.get_by_role("button")
    expect(chip).to_contain_text("Brodarevski list")
    place, words, number = (of.bounding_box() for of in (quote, line.locator("bdi").first, chip))
    assert place and words and number and words["y"] + words["height"] <= place["y"]
    assert abs((words["y"] + words["height"] / 2) - (number["y"] + number["height"] / 2)) < 12  # the same line
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    assert line.evaluate(size) >= 1.2 * quote.evaluate(size)
    expect(quote).to_have_attribute("lang", "sr-Latn")
    expect(quote.locator("strong")).to_have_text("652.678 vozila")
    expect(line.locator("bdi").first).not_to_have_attribute("lang", "sr-Latn")  # it is in the reader's form
    chip.click()
    expect(turn.locator(".card")).to_contain_text(CROSSED)
    reader.shot("line")
    assert reader.violations() == []
    chip.click()
    expect(turn.locator(".card")).to_have_count(0)
    expect(reader.status).to_contain_text(f"{LINES[language]}.")


def test_words_that_stand_as_the_source_writes_them_speak_its_language(visit, double):
    turn = visit(double.url).ask("!name")
    expect(turn.locator(".short bdi").first).to_have_attribute("lang", "sr-Latn")
    yes = visit(double.url).ask("!yes")
    expect(yes.locator(".short bdi").first).to_have_text("Yes")


def test_a_phone_folds_what_stands_around_the_quote(visit, double):
    reader = visit(double.url, width=360)
    turn = reader.ask("!line-en")
    quote, more = turn.locator("blockquote").first, turn.get_by_role("button", name="Whole paragraph")
    line = float(quote.evaluate("e => parseFloat(getComputedStyle(e).lineHeight)"))
    marked, folded = quote.locator("mark").bounding_box(), quote.bounding_box()
    assert marked and folded and folded["height"] <= marked["height"] + 2.5 * line
    expect(quote).to_have_text(LIM_BEFORE + CROSSED + LIM_AFTER)  # all is there
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    opened = quote.bounding_box()
    assert opened and opened["height"] > folded["height"] + 2 * line
    reader.page.set_viewport_size({"width": 1280, "height": 800})
    expect(more).to_be_hidden()


def test_follow_ups_carry_the_conversation_and_a_new_one_forgets_it(visit, double):
    reader = visit(double.url)
    reader.ask("Who signed?")
    reader.ask("And when?")
    assert [h["question"] for h in double.asked[-1]["history"]] == ["Who signed?"]
    assert QUOTE in double.asked[-1]["history"][0]["answer"]
    reader.page.get_by_role("button", name="New conversation").click()
    expect(reader.chat.locator(".turn")).to_have_count(0)
    assert reader.active().get_attribute("id") == "question"
    reader.ask("Who else?")
    assert double.asked[-1]["history"] == []


def test_what_a_follow_up_is_taken_to_ask_about_is_a_chip_that_takes_it_away(visit, double):
    reader = visit(double.url)
    reader.ask("Who signed the Tirana agreement?")
    turn = reader.ask("!joined And when?")
    expect(turn.locator("[part=standalone]")).to_have_text("About: Who signed the Tirana agreement?×")
    turn.get_by_role("button", name="Remove: Who signed the Tirana agreement?").click()
    expect(reader.turn.locator("mark")).to_have_count(1)
    assert not double.asked[-1].get("history")


def test_a_suggestion_is_asked_as_it_stands(visit, double):
    reader = visit(f"{double.url}/demo")
    reader.chat.locator(".launcher").click()
    expect(reader.chat.locator(".suggestions button")).to_have_count(4)
    reader.chat.get_by_role("button", name="Who signed the Tirana agreement?").click()
    expect(reader.turn.locator("blockquote")).to_have_count(2)
    asked = {"question": "Who signed the Tirana agreement?", "history": [], "filters": {}, "stream": True}
    assert double.asked == [{**asked, "page_language": "en"}]


def test_the_answer_is_copied_with_its_sources(visit, double):
    reader = visit(double.url, permissions=["clipboard-read", "clipboard-write"])
    turn = reader.ask("Who signed?")
    turn.get_by_role("button", name="Copy with sources").click()
    expect(turn.get_by_role("button", name="Copied")).to_be_visible()
    text = reader.page.evaluate("navigator.clipboard.readText()")
    assert text.splitlines()[0] == "Who signed?"
    assert f"“{QUOTE}” [1]" in text and "[2] Дневни гласник, 19 March 2025" in text
    assert "https://news.example/tirana-agreement" in text


def test_a_report_carries_question_and_answer_unless_the_reader_takes_them_out(visit, double):
    reader = visit(double.url)
    turn = reader.ask("Who signed?")
    turn.get_by_role("button", name="Report a problem").click()
    assert reader.active().get_attribute("type") == "radio"
    turn.get_by_role("radio", name="A source does not say this: 2").check()
    turn.get_by_role("textbox").fill("The date is another.")
    turn.get_by_role("button", name="Send").click()
    expect(turn.get_by_text("Thank you.")).to_be_focused()
    turn = reader.ask("And when?")
    turn.get_by_role("button", name="Report a problem").click()
    turn.get_by_role("checkbox", name="Send my question and this answer along").uncheck()
    turn.get_by_role("button", name="Send").click()
    expect(turn.get_by_text("Thank you.")).to_be_focused()
    reader.ask("And why?").get_by_role("button", name="Helpful").click()
    expect(reader.turn.get_by_text("Thank you.")).to_be_visible()
    wrong, bare, helpful = double.feedback
    assert (wrong["verdict"], wrong["citation"], wrong["comment"]) == ("wrong_source", 2, "The date is another.")
    assert (wrong["question"], wrong["quote"]) == ("Who signed?", QUOTE_SR) and QUOTE in wrong["answer"]
    assert bare == {"id": "answer-1", "verdict": "wrong", "comment": "", "citation": None}
    assert helpful == {"id": "answer-1", "verdict": "helpful"}


LANGUAGES = {
    "sr-Cyrl": ("Питајте", "2 извора", "19. март 2025."),
    "sr-Latn": ("Pitajte", "2 izvora", "19. mart 2025."),
    "hr": ("Pitajte", "2 izvora", "19. ožujka 2025."),
    "bs": ("Pitajte", "2 izvora", "19. mart 2025."),
    "cnr": ("Pitajte", "2 izvora", "19. mart 2025."),
    "sl": ("Vprašajte", "2 vira", "19. marec 2025"),
    "mk": ("Прашајте", "2 извори", "19 март 2025"),
    "bg": ("Попитайте", "2 източника", "19 март 2025 г."),
    "sq": ("Pyetni", "2 burime", "19 mars 2025"),
    "ro": ("Întrebați", "2 surse", "19 martie 2025"),
    "el": ("Ρωτήστε", "2 πηγές", "19 Μαρτίου 2025"),
    "tr": ("Soru sorun", "2 kaynak", "19 Mart 2025"),
    "en": ("Ask", "2 sources", "19 March 2025"),
}


def test_every_language_from_its_switch(visit, double):
    reader = visit(double.url)
    reader.ask("Who signed?")
    switch = reader.page.locator("#language")
    expect(switch.locator("option")).to_have_count(len(LANGUAGES))
    for language, (ask, count, day) in LANGUAGES.items():
        switch.select_option(language)
        expect(reader.chat.locator(".composer button")).to_have_text(ask)
        expect(reader.chat.locator("section.panel")).to_have_attribute("lang", language)
        expect(reader.turn.locator(".source").last).to_contain_text(day)
        expect(reader.page.locator("html")).to_have_attribute("lang", language)
        reader.ask("Who?")
        expect(reader.status).to_contain_text(count)
    assert "?lang=en&" in reader.page.url


def test_the_page_speaks_the_readers_language_and_keeps_what_was_chosen_in_its_address(visit, double):
    reader = visit(double.url, locale="tr-TR")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Balkan haberlerini sorun")
    expect(reader.page.get_by_role("link", name="Türkiye")).to_be_visible()
    reader.page.locator("#language").select_option("sr-Cyrl")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Питајте о вестима са Балкана")
    reader.page.reload()
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Питајте о вестима са Балкана")
    reader.shot("page-sr-cyrl")
