// Cyrillic or Western? In Windows-1251 all letters of a word are beyond ASCII, in Windows-1252 most
// are ASCII letters with an accented one among them: so the words are counted, and the more
// frequent kind decides.
#include "inspect_encoding.h"
#include "reader.h"
#include "text.h"
#include <ctype.h>

#define PIECE_BYTES (1024 * 1024)
#define CUT_BYTES 3 // of a character that the next piece goes on with

typedef struct WordCounts {
  bool ascii, high; // letters of the word under way
  uint64_t cyrillic, western;
} WordCounts;

static void words_count(WordCounts *w, const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    bool ascii = c < 0x80 && isalpha(c), high = c >= 0xC0 || c == 0xA8 || c == 0xB8; // Ё, ё
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
  TRY(reader_open(path, &reader, error));
  char *piece = mem_alloc(PIECE_BYTES + CUT_BYTES);
  WordCounts words = {0};
  bool utf8;
  Status status = pieces_read(reader, piece, limit, &words, &utf8, error);
  mem_free(piece);
  reader_close(reader);
  if (status == STATUS_OK && !utf8)
    format->encoding =
        words.western > words.cyrillic ? MODEL_ENCODING_CP1252 : MODEL_ENCODING_CP1251;
  return status;
}
