// Which encoding of one byte a letter? In Cyrillic ones all letters of a word are beyond ASCII, in
// Latin ones most are ASCII letters with an accented one among them: so the words are counted, and
// the more frequent kind decides. Among the Cyrillic, small letters, which are most, are the upper
// half in Windows-1251 and the lower one in KOI8-R. Among the Latin, letters of Windows-1250 that
// are signs in Windows-1252 decide, or those of Czech beside each other.
#include "inspect_encoding.h"
#include "reader.h"
#include "text.h"
#include <ctype.h>
#include <string.h>

#define PIECE_BYTES (1024 * 1024)
#define CUT_BYTES 3 // of a character that the next piece goes on with

typedef struct WordCounts {
  bool ascii, high; // letters of the word under way
  unsigned char last;
  uint64_t cyrillic, western;
  uint64_t upper, lower; // high letters of 0xE0 and above, and of 0xC0 to 0xDF, beside others
  uint64_t polish, czech, french; // letters of 1250 alone; ones that both have, by what they are
} WordCounts;

// Beside an ASCII letter: what Windows-1252 has there is no letter, or a rare one.
static void latin_count(WordCounts *w, unsigned char c) {
  w->polish += strchr("\xB3\xB9\xBF\x9C\x9F\xA5\xAF\xA3\xBE\xBC\x9D\x8D\x8F", c) != NULL;
  w->czech += strchr("\xEC\xF8\xF9\x9A\x9E\xD8\xCC", c) != NULL;
  w->french += strchr("\xE0\xE2\xE7\xEA\xF4\xFB\xE5\xE6\xF1\xE3\xF5", c) != NULL;
}

static void words_count(WordCounts *w, const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    bool ascii = c < 0x80 && isalpha(c), high = c >= 0xC0 || c == 0xA8 || c == 0xB8; // Ё, ё
    bool first = w->last < 0x80; // else it may be one of several bytes of a character
    w->last = c;
    if (c >= 0x80 && first && (w->ascii || (i + 1 < size && isalpha((unsigned char)text[i + 1]))))
      latin_count(w, c);
    if (high && w->high) {
      w->upper += c >= 0xE0;
      w->lower += c >= 0xC0 && c < 0xE0;
    }
    w->ascii |= ascii;
    w->high |= high;
    if (ascii || high) continue;
    w->western += w->high && w->ascii;
    w->cyrillic += w->high && !w->ascii;
    w->ascii = w->high = false;
  }
}

static Status pieces_read(Reader *reader, char *piece, uint64_t limit, WordCounts *words,
                          bool *utf8, Error *error) {
  size_t kept = 0, got = PIECE_BYTES;
  *utf8 = true;
  for (uint64_t seen = 0; seen < limit && got == PIECE_BYTES; seen += got) {
    TRY(reader_read(reader, piece + kept, PIECE_BYTES, &got, error));
    words_count(words, piece + kept, got);
    size_t size = kept + got, valid = utf8_valid_prefix(piece, size);
    kept = size - valid;
    *utf8 &= kept <= (got < PIECE_BYTES ? 0 : CUT_BYTES);
    if (!*utf8) kept = 0;
    memmove(piece, piece + valid, kept);
  }
  words_count(words, "\n", 1);
  return STATUS_OK;
}

Status inspect_encoding(const char *path, uint64_t limit, ModelSource *format, Error *error) {
  Reader *reader;
  TRY(reader_open(path, NULL, NULL, &reader, error));
  char *piece = mem_alloc(PIECE_BYTES + CUT_BYTES);
  WordCounts words = {0};
  bool utf8;
  Status status = pieces_read(reader, piece, limit, &words, &utf8, error);
  mem_free(piece);
  reader_close(reader);
  if (status != STATUS_OK || utf8) return status;
  bool latin = words.western > words.cyrillic;
  bool central = words.polish > words.french || (words.czech > words.french && words.czech > 2);
  format->encoding = latin ? MODEL_ENCODING_CP1252 : MODEL_ENCODING_CP1251;
  if (latin && central) format->encoding_name = "cp1250";
  if (!latin && words.lower > words.upper) format->encoding_name = "koi8-r";
  if (format->encoding_name) format->encoding = MODEL_ENCODING_OTHER;
  return STATUS_OK;
}
