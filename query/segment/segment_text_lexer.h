// The pieces of a segment's text.
#pragma once
#include "segment_text.h"

typedef enum SegmentTokenKind {
  SEGMENT_TOKEN_END,
  SEGMENT_TOKEN_NAME,   // customer.gender, or "order" in quotes
  SEGMENT_TOKEN_WORD,   // of the language
  SEGMENT_TOKEN_STRING, // 'text'
  SEGMENT_TOKEN_NUMBER,
  SEGMENT_TOKEN_DATE, // 2025-12-31
  SEGMENT_TOKEN_SIGN, // ( ) , >= <= > < =
} SegmentTokenKind;

typedef struct SegmentToken {
  SegmentTokenKind kind;
  const char *text; // in the arena: without quotes; of a word, in lower case
  size_t position;  // byte in the text
} SegmentToken;

typedef struct SegmentLexer {
  const char *text;
  size_t size, at;
  Arena *arena;
} SegmentLexer;

// The next token; STATUS_INVALID with its byte where there is none.
Status segment_lexer_next(SegmentLexer *lexer, SegmentToken *token, Error *error) WARN_UNUSED;
