// Made from the OpenAPI description by types.mjs (`npm run types`); not to be changed by hand.

export interface Schema {
  AnswerOut?: AnswerOut;
  ArticleOut?: ArticleOut;
  ArticlesOut?: ArticlesOut;
  FiltersIn?: FiltersIn;
  FollowOut?: FollowOut;
  FollowsOut?: FollowsOut;
  PageOut?: PageOut;
  Problem?: Problem;
  PushedOut?: PushedOut;
  ReadyOut?: ReadyOut;
  SearchOut?: SearchOut;
  SourcesOut?: SourcesOut;
  StatsOut?: StatsOut;
  StatusOut?: StatusOut;
  StoriesOut?: StoriesOut;
  StoryOut?: StoryOut;
  SuggestionsOut?: SuggestionsOut;
  TellingsOut?: TellingsOut;
}
/**
 * An answer or a refusal.
 */
export interface AnswerOut {
  question: string;
  status: 'answered' | 'partial' | 'conflicting' | 'contradicted' | 'refused';
  language: string;
  /**
   * quotes
   */
  sentences: SentenceOut[];
  refusal: RefusalOut | null;
  as_of: string | null;
  /**
   * what was searched for, the conversation resolved
   */
  standalone: string;
  /**
   * an earlier question of the conversation was searched for with this one
   */
  used_history: boolean;
  /**
   * `quotes`, or the language model's name where it wrote what is shown first; `newsroom`: editors pinned the answer
   * to this question, and a remark `newsroom` says so in its language
   */
  answered_by: string;
  /**
   * probability that the archive holds the answer, 0 to 1
   */
  confidence: number | null;
  /**
   * quotes that stand in their article no more and are not shown
   */
  withdrawn: number;
  /**
   * degraded modes, in plain words
   */
  notices: string[];
  timings_ms: {
    [k: string]: number;
  };
  /**
   * the answer in a few words, where there is one
   */
  short: ShortAnswerOut[];
  /**
   * of the whole answer: newsroom, corroborated, conflict, ...
   */
  remarks: NoteOut[];
  /**
   * of the language model; null without one
   */
  usage: UsageOut | null;
  /**
   * digest: the stories that a reader browsing wants; tellings: how outlets tell a story
   */
  kind: 'answer' | 'digest';
  /**
   * of a digest, the first to be shown first
   */
  digest: StoryOut[];
  /**
   * what a language model wrote, above the quotes; null: none was asked
   */
  written: WrittenOut | null;
  citations: CitationOut[];
  /**
   * names this answer in feedback; also the header X-Request-Id
   */
  id: string;
  /**
   * to print where nothing else is shown: what a language model wrote, or the short answer; then the quotes, with
   * their citations' numbers, a doubt before them; a digest's stories; or a refusal with the nearest passages
   */
  text: string;
  /**
   * send it with the next question; null when none is kept
   */
  conversation: string | null;
}
/**
 * One sentence of an answer and the citation numbers that it rests on.
 */
export interface SentenceOut {
  text: string;
  citations: number[];
  /**
   * quote: word for word; written: a language model's words, the numbers and dates stand in its originals; supported:
   * so, and the judge set for it found that they say it; newsroom: the editors' own words
   */
  verdict: 'quote' | 'written' | 'supported' | 'newsroom';
  /**
   * said before it, in the question's language ("According to X, 3 May 2022:"); empty as a rule
   */
  lead: string;
  /**
   * stretches of `text` that likely answer, in code points, end-exclusive
   */
  marks: [unknown, unknown][];
  /**
   * of a sentence that a language model wrote: what it rests on, word for word
   */
  originals: OriginalOut[];
  /**
   * of a sentence of the newsroom's
   */
  language: string;
}
/**
 * A sentence of a source that a written sentence rests on: `article.text[start:end] == text`, in code points; of a
 * `headline` citation, of the title.
 */
export interface OriginalOut {
  citation: number;
  start: number;
  end: number;
  text: string;
  language: string;
}
/**
 * Why there is no answer, in a word for machines and a sentence for the reader.
 */
export interface RefusalOut {
  /**
   * nothing_near, no_news_then, other_subject, empty_archive, no_match, newsroom; greeting, thanks, insult, advice,
   * about
   */
  reason: string;
  /**
   * in the question's language
   */
  message: string;
  /**
   * best first; of `other_subject` the one that the message names
   */
  nearest: NearestOut[];
}
/**
 * An article that comes near a question which got no answer.
 */
export interface NearestOut {
  article_id: string;
  title: string;
  outlet: string;
  url: string | null;
  published: string | null;
  language: string;
  /**
   * its best paragraph
   */
  excerpt: ExcerptOut | null;
  /**
   * as of a citation
   */
  facts_from: string;
}
/**
 * A paragraph of an article: `article.text[start:end] == text`. `mark`: its likeliest sentence, offsets in
 * `text`, end-exclusive; (0, 0) where nothing is asked.
 */
export interface ExcerptOut {
  text: string;
  start: number;
  end: number;
  /**
   * @minItems 2
   * @maxItems 2
   */
  mark: [unknown, unknown];
}
/**
 * One item of the short answer: a name, a number with its unit, a day, a place, yes or no.
 */
export interface ShortAnswerOut {
  /**
   * as its source writes it; of yes or no the sentence that settles it
   */
  text: string;
  citations: number[];
  /**
   * probability that it is right, 0 to 1; null where it is not known
   */
  score: number | null;
  /**
   * what to show: the same in the form of the question's language, never translated. `text` where it is not given
   */
  said: string;
  kind: 'number' | 'money' | 'date' | 'person' | 'place' | 'yes_no' | 'other';
  /**
   * for machines, where it is plain: a decimal number; a day, month or year as in ISO 8601 (2020-08-23, 2020-08,
   * 2020; --08-23 without its year), an hour (13:05), an interval (2020-08-23/2020-08-25); `yes` or `no`
   */
  value: string;
  /**
   * of `value`: an ISO 4217 currency or a CLDR unit (kilometer, percent, year)
   */
  unit: string;
}
/**
 * What Telal says of a quote or of an answer, in the reader's language; `kind` is a word for machines.
 */
export interface NoteOut {
  /**
   * of a quote: opinion, sponsored, corrected, day, ...; of an answer: newsroom, corroborated, conflict, ...
   */
  kind: string;
  text: string;
}
/**
 * What a language model's answer took; `cost` in the currency of the prices set, None without prices.
 */
export interface UsageOut {
  input_tokens: number;
  output_tokens: number;
  cost: number | null;
}
/**
 * A story of a digest, in the version nearest to the reader's language.
 */
export interface StoryOut {
  article_id: string;
  title: string;
  /**
   * its first sentence, word for word: `article.text` begins with it after white space
   */
  lead: string;
  outlet: string;
  url: string | null;
  published: string | null;
  language: string;
  /**
   * as of a citation
   */
  facts_from: string;
  /**
   * the same story elsewhere
   */
  also: VersionOut[];
}
/**
 * The same story in another language or by another outlet.
 */
export interface VersionOut {
  article_id: string;
  title: string;
  outlet: string;
  url: string | null;
  language: string;
  published: string | null;
  /**
   * as of a citation
   */
  facts_from: string;
}
/**
 * What a language model wrote from the passages; its sentences cite the answer's citations and carry originals.
 */
export interface WrittenOut {
  model: string;
  /**
   * to be shown above the quotes, under the model's name
   */
  sentences: SentenceOut[];
  /**
   * sentences that failed a check or the judge, and are not shown
   */
  left_out: number;
  /**
   * why, of each of these: no_source, number, date, markup, language, contradicted, not_said; of a translation also
   * missing
   */
  reasons: string[];
  /**
   * the model found no answer in the passages
   */
  no_answer: boolean;
  /**
   * the model that judged the sentences; empty where none did
   */
  judge: string;
  /**
   * to be shown with them, in the question's language: whose wording it is and what was checked, or why there is
   * none
   */
  notice: string;
}
/**
 * The verbatim passage that a sentence rests on: `article.text[start:end] == quote`, in code points.
 */
export interface CitationOut {
  number: number;
  passage_id: string;
  article_id: string;
  title: string;
  outlet: string;
  url: string | null;
  published: string | null;
  quote: string;
  start: number;
  end: number;
  language: string;
  kind: string;
  modified: string | null;
  status: 'live' | 'corrected' | 'retracted' | 'held' | 'erased';
  /**
   * said beside the quote: opinion, corrected, what day `yesterday` is
   */
  notes: NoteOut[];
  /**
   * what to show it in, five sentences at most; null for a headline
   */
  context: AroundOut | null;
  /**
   * of a Serbian quote in the other script than the question's; null otherwise
   */
  transliteration: TransliterationOut | null;
  /**
   * the quote is the article's title: `title[start:end] == quote`
   */
  headline: boolean;
  /**
   * the outlet whose facts a brief of the archive's own restates
   */
  facts_from: string;
  /**
   * the same story in other languages, or by other outlets word for word
   */
  also: VersionOut[];
  /**
   * that carry the article in nearly the same words, earliest first, if several; none with as_of
   */
  outlets: string[];
  /**
   * says in the question's language what a button says that asks for the quote's translation ("In English"); empty
   * where there is none: in the same or a near language, without a language model, in a `citation` event
   */
  translate_label: string;
}
/**
 * The sentences of an article around a quote: `article.text[start:end] == text`, and the quote lies in them.
 */
export interface AroundOut {
  start: number;
  end: number;
  text: string;
}
/**
 * A quote and what stands around it in another script, letter by letter: `before + quote + after`.
 */
export interface TransliterationOut {
  script: 'Latn' | 'Cyrl';
  before: string;
  quote: string;
  after: string;
}
/**
 * One revision of an article.
 */
export interface ArticleOut {
  id: string;
  title: string;
  text: string;
  outlet: string;
  url: string | null;
  /**
   * BCP 47, e.g. sr-Cyrl
   */
  language: string;
  /**
   * aware, UTC
   */
  published: string | null;
  /**
   * aware, UTC
   */
  modified: string | null;
  authors: string[];
  /**
   * report, opinion, analysis, interview, agency, sponsored, brief
   */
  kind: string;
  section: string | null;
  revision: number;
  status: 'live' | 'corrected' | 'retracted' | 'held' | 'erased';
  cluster: string | null;
  extra: {};
  /**
   * that carry it in nearly the same words, the earliest first, if several
   */
  outlets: string[];
  context: ContextOut | null;
  /**
   * false where its outlet allows no more than its first sentence or paragraph: `text` ends there
   */
  whole: boolean;
}
/**
 * A quote inside its article, cut on sentence borders: `before + quote + after` is one stretch of its text.
 */
export interface ContextOut {
  before: string;
  quote: string;
  after: string;
  start: number;
  end: number;
}
/**
 * A page of articles; `next` is null on the last.
 */
export interface ArticlesOut {
  articles: ListedOut[];
  next: string | null;
  /**
   * degraded modes, and whether the archive is empty, in plain words
   */
  notices?: string[];
}
/**
 * An article without its text.
 */
export interface ListedOut {
  id: string;
  title: string;
  outlet: string;
  url: string | null;
  language: string;
  published: string | null;
  modified: string | null;
  kind: string;
  section: string | null;
  revision: number;
  status: string;
}
/**
 * What an article must fulfil. A language matches by prefix: `sr` finds `sr-Latn` and `sr-Cyrl`.
 */
export interface FiltersIn {
  /**
   * first day, UTC, inclusive
   */
  from?: string | null;
  /**
   * last day, UTC, inclusive
   */
  to?: string | null;
  /**
   * @maxItems 50
   */
  languages?: string[];
  /**
   * @maxItems 100
   */
  outlets?: string[];
  /**
   * report, opinion, analysis, interview, brief ...
   *
   * @maxItems 20
   */
  kinds?:
    | []
    | [string]
    | [string, string]
    | [string, string, string]
    | [string, string, string, string]
    | [string, string, string, string, string]
    | [string, string, string, string, string, string]
    | [string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string, string, string]
    | [string, string, string, string, string, string, string, string, string, string, string, string, string, string]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ]
    | [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string
      ];
}
/**
 * A webhook that follows a question.
 */
export interface FollowOut {
  id: string;
  /**
   * of a story its headline
   */
  question: string;
  story: string;
  language: string | null;
  filters: FiltersIn;
  url: string;
  began: string;
  /**
   * when its address answered last, first to the challenge; none: it is not proved, and told nothing
   */
  delivered: string | null;
  /**
   * since when none has arrived; it is switched off after a week, without a proof after a day
   */
  failing: string | null;
  /**
   * when it was switched off
   */
  ended: string | null;
  /**
   * of the last delivery, or why it was switched off
   */
  error: string;
  /**
   * signs the deliveries; only in the reply that makes the follow
   */
  secret?: string;
}
/**
 * The webhooks of a key, the oldest first.
 */
export interface FollowsOut {
  follows: FollowOut[];
}
/**
 * What the archive knows of a page of the web on which its widget stands.
 */
export interface PageOut {
  /**
   * the article that stands there; null where the archive does not hold it
   */
  article: VersionOut | null;
  /**
   * up to three that its record brings, else one about its headline; asked with `about`
   */
  questions: SuggestionOut[];
  /**
   * of its story: GET /v1/stories/{id} tells it whole
   */
  articles: number;
  /**
   * that tell it
   */
  outlets: number;
}
/**
 * A question that the archive answers.
 */
export interface SuggestionOut {
  question: string;
  language: string;
  /**
   * an article that answers it
   */
  article_id: string | null;
}
/**
 * An error as in RFC 9457.
 */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  hint: string;
  instance: string;
  errors?: ErrorOut[] | null;
}
/**
 * One thing wrong in a request.
 */
export interface ErrorOut {
  pointer: string;
  detail: string;
}
/**
 * What became of pushed articles.
 */
export interface PushedOut {
  read: number;
  new: number;
  changed: number;
  unchanged: number;
  erased: number;
  rejected: RejectedOut[];
}
/**
 * An article that was not taken in; `place` counts from 1.
 */
export interface RejectedOut {
  place: number;
  reason: string;
  detail: string;
}
/**
 * Can questions be answered now?
 */
export interface ReadyOut {
  status: 'ready' | 'not-ready';
  model: string;
  archive: string;
  indexes: {};
  notices: string[];
  /**
   * resting: it failed three times in a row and is not asked for half a minute
   */
  language_model?: 'none' | 'ready' | 'resting';
}
/**
 * Passages, best first.
 */
export interface SearchOut {
  hits: HitOut[];
  notices: string[];
}
/**
 * A passage that was found, with its final score and how each way of searching ranked it (ranks start at 1).
 */
export interface HitOut {
  passage: PassageOut;
  score: number;
  dense_rank: number | null;
  /**
   * cosine
   */
  dense_score: number | null;
  keyword_rank: number | null;
  /**
   * BM25
   */
  keyword_score: number | null;
}
/**
 * A stretch of an article's text: `article.text[start:end] == text`. Carries what a citation shows.
 */
export interface PassageOut {
  id: string;
  article_id: string;
  revision: number;
  ordinal: number;
  text: string;
  start: number;
  end: number;
  title: string;
  outlet: string;
  url: string | null;
  language: string;
  published: string | null;
  modified: string | null;
  kind: string;
  status: 'live' | 'corrected' | 'retracted' | 'held' | 'erased';
  /**
   * the outlet whose facts a brief of the archive's own restates
   */
  facts_from: string;
}
/**
 * Every outlet, the largest first.
 */
export interface SourcesOut {
  outlets: OutletOut[];
  /**
   * degraded modes, and whether the archive is empty, in plain words
   */
  notices?: string[];
}
/**
 * One outlet of the archive.
 */
export interface OutletOut {
  name: string;
  articles: number;
  /**
   * articles in each language, the most frequent first
   */
  languages: {
    [k: string]: number;
  };
  first_published: string | null;
  last_published: string | null;
}
/**
 * What the archive holds.
 */
export interface StatsOut {
  articles: number;
  passages: number;
  revisions: number;
  erased: number;
  last_change: number;
  languages: {
    [k: string]: number;
  };
  outlets: number;
  first_published: string | null;
  last_published: string | null;
  notices: string[];
}
/**
 * Is the archive fresh?
 */
export interface StatusOut {
  /**
   * when the newest article came in; null where nothing is followed
   */
  read_until: string | null;
  /**
   * the same in a sentence for readers; empty where nothing is followed
   */
  text: string;
  /**
   * the longest silent first
   */
  outlets: FreshOutletOut[];
}
/**
 * An outlet that brought articles on more than one day, the last one within sixty days.
 */
export interface FreshOutletOut {
  outlet: string;
  /**
   * when its newest article came in
   */
  last: string;
}
/**
 * A page of the newest stories; `next` is null on the last.
 */
export interface StoriesOut {
  stories: AskedStoryOut[];
  next: string | null;
  /**
   * degraded modes, and whether the archive is empty, in plain words
   */
  notices?: string[];
}
/**
 * A story, and a question about it.
 */
export interface AskedStoryOut {
  article_id: string;
  title: string;
  /**
   * its first sentence, word for word: `article.text` begins with it after white space
   */
  lead: string;
  outlet: string;
  url: string | null;
  published: string | null;
  language: string;
  /**
   * as of a citation
   */
  facts_from: string;
  /**
   * the same story elsewhere
   */
  also: VersionOut[];
  question: SuggestionOut;
}
/**
 * Questions to begin with, or to go on with.
 */
export interface SuggestionsOut {
  suggestions: SuggestionOut[];
  /**
   * degraded modes, and whether the archive is empty, in plain words
   */
  notices?: string[];
}
/**
 * A story as its independent sources tell it; copies of one text are one source.
 */
export interface TellingsOut {
  id: string;
  language: string;
  /**
   * each by the first sentence of its newest article
   */
  sources: SideOut[];
  /**
   * what is told otherwise, by most, by one alone
   */
  tellings: TellingOut[];
  /**
   * few: there are less than two independent sources, and nothing is compared
   */
  remarks: NoteOut[];
  /**
   * degraded modes, in plain words
   */
  notices: string[];
}
/**
 * What one independent source says, word for word: `article.text[start:end] == text`.
 */
export interface SideOut {
  article: VersionOut;
  /**
   * of the outlet, by its address or else its language: ISO 3166; "" where neither tells
   */
  country: string;
  text: string;
  start: number;
  end: number;
  /**
   * the words in which it differs
   */
  value: string;
}
/**
 * What sources of a story say of one thing.
 */
export interface TellingOut {
  /**
   * told by most, by one alone; or told otherwise: in a number, a day, or whether it happened
   */
  kind: 'most' | 'alone' | 'number' | 'day' | 'negation';
  /**
   * of `most` one sentence; of what is told otherwise one of each side, the side of most sources first
   */
  sides: SideOut[];
  /**
   * how many independent sources are on each side
   */
  sources: number[];
}
