// See tpch_text.h.
//
//   text: sentence ...                      sentence: NP VP T | NP VP PP T | NP VP NP T |
//                                                     NP PP VP NP T | NP PP VP PP T
//   NP: N | J N | J, J N | D J N            VP: V | X V | V D | X V D        PP: P the NP
//   N noun, J adjective, D adverb, V verb, X auxiliary, P preposition, T terminator
#include "tpch_text.h"
#include "draw.h"
#include "tpch_words.h"

enum { STREAM_TEXT = 9 };

typedef struct Writer {
  char *at, *end;
  uint64_t stream;
} Writer;

static void write_text(Writer *writer, const char *text) {
  while (*text && writer->at < writer->end) *writer->at++ = *text++;
}

static uint32_t choose(Writer *writer, uint32_t n) {
  uint64_t fraction = draw_next(&writer->stream);
  return draw_take(&fraction, n);
}

static void write_word(Writer *writer, const TpchWord *words) {
  uint32_t sum = 0;
  for (const TpchWord *word = words; word->weight; word++) sum += word->weight;
  uint32_t at = choose(writer, sum);
  while (at >= words->weight) at -= words++->weight;
  write_text(writer, words->text);
}

// The letters of a phrase, each a word, with blanks between; a comma goes with the word before it.
static void write_phrase(Writer *writer, const char *form) {
  for (const char *letter = form; *letter; letter++) {
    if (letter > form && *letter != ',') write_text(writer, " ");
    switch (*letter) {
    case 'N':
      write_word(writer, TPCH_NOUNS);
      break;
    case 'J':
      write_word(writer, TPCH_ADJECTIVES);
      break;
    case 'D':
      write_word(writer, TPCH_ADVERBS);
      break;
    case 'V':
      write_word(writer, TPCH_VERBS);
      break;
    case 'X':
      write_word(writer, TPCH_AUXILIARIES);
      break;
    case 'P':
      write_word(writer, TPCH_PREPOSITIONS);
      write_text(writer, " the");
      break;
    default:
      write_text(writer, ",");
    }
  }
}

static void write_noun_phrase(Writer *writer) {
  static const char *const FORMS[10] = {"N", "N", "N", "N", "JN", "JN", "JN", "J,JN", "DJN", "DJN"};
  write_phrase(writer, FORMS[choose(writer, 10)]);
}

static void write_verb_phrase(Writer *writer) {
  static const char *const FORMS[4] = {"V", "XV", "VD", "XVD"};
  write_phrase(writer, FORMS[choose(writer, 4)]);
}

static void write_sentence(Writer *writer) {
  // n: noun phrase, v: verb phrase, p: prepositional phrase
  static const char *const FORMS[10] = {"nv",  "nv",  "nv",   "nvp",  "nvp",
                                        "nvp", "nvn", "npvn", "npvp", "npvp"};
  for (const char *part = FORMS[choose(writer, 10)]; *part; part++) {
    if (*part == 'v')
      write_verb_phrase(writer);
    else {
      if (*part == 'p') write_phrase(writer, "P");
      if (*part == 'p') write_text(writer, " ");
      write_noun_phrase(writer);
    }
    if (part[1]) write_text(writer, " ");
  }
  write_word(writer, TPCH_TERMINATORS);
  write_text(writer, " ");
}

void tpch_pool_fill(char *pool, uint64_t seed) {
  Writer writer = {pool, pool + TPCH_POOL_BYTES, draw_open(seed, STREAM_TEXT, 0)};
  while (writer.at < writer.end) write_sentence(&writer);
}

TpchText tpch_comment(const TpchSpec *spec, uint64_t *fraction, uint32_t low, uint32_t high) {
  uint32_t size = low + draw_take(fraction, high - low + 1);
  return (TpchText){spec->pool + draw_take(fraction, TPCH_POOL_BYTES - high), size};
}
