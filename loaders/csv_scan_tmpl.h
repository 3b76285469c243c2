// The body of csv_scan, compiled once a variant. Parameters, defined before the include:
//
//   SCAN_NAME(name)   the variant's function names
//   SCAN_TARGET       a function attribute (target("avx2")) or nothing
//   SCAN_EQUAL(p, c)  bitmap of the 64 bytes at p that equal c
//   SCAN_HIGH(p)      bitmap of those with the top bit set

// Advances over the 64 bytes at p, of which `valid` counts.
SCAN_TARGET static inline void SCAN_NAME(split_block)(const char *p, size_t at, uint64_t valid,
                                                      CsvSplit *s) {
  uint64_t lines = SCAN_EQUAL(p, '\n') & valid, quotes = SCAN_EQUAL(p, '"') & valid;
  uint64_t ends = lines & ~s->quote_state;
  if (quotes) {
    uint64_t inside = prefix_xor(quotes) ^ s->quote_state;
    ends = lines & ~inside;
    uint64_t opening = quotes & inside;
    if (opening) s->quote_opened = at + 63 - (size_t)__builtin_clzll(opening);
    s->quote_state = (uint64_t)((int64_t)inside >> 63);
  }
  if (ends) {
    unsigned last = 63 - (unsigned)__builtin_clzll(ends);
    s->record_end = at + last + 1;
    s->line_count =
        s->lines_seen + (uint64_t)__builtin_popcountll(lines & (~UINT64_C(0) >> (63 - last)));
  }
  s->lines_seen += (uint64_t)__builtin_popcountll(lines);
}

SCAN_TARGET static void SCAN_NAME(split)(const char *text, size_t size, CsvSplit *split) {
  CsvSplit s = *split;
  size_t at = s.scanned;
  for (; at + 64 <= size; at += 64) SCAN_NAME(split_block)(text + at, at, ~UINT64_C(0), &s);
  if (at < size) {
    // A short rest: only its bytes count, but the quote state must be that after them.
    uint64_t valid = (UINT64_C(1) << (size - at)) - 1;
    SCAN_NAME(split_block)(text + at, at, valid, &s);
  }
  s.scanned = size;
  *split = s;
}

// Writes the positions of `bits` (offset by at) to out; may write up to 64 entries beyond.
SCAN_TARGET static inline size_t SCAN_NAME(put)(uint32_t *out, uint32_t at, uint64_t bits) {
  size_t count = (size_t)__builtin_popcountll(bits);
  for (size_t i = 0; i < count; i += 8) {
    for (size_t k = 0; k < 8; k++) {
      out[i + k] = at + (bits ? (uint32_t)__builtin_ctzll(bits) : 0);
      bits &= bits - 1;
    }
  }
  return count;
}

SCAN_TARGET static void SCAN_NAME(ends)(const char *text, size_t size, char delimiter,
                                        CsvEnds *out) {
  uint64_t state = 0, any_quote = 0, any_high = 0;
  size_t count = 0, records = 0;
  uint64_t line_count = 0;
  for (size_t at = 0; at < size; at += 64) {
    uint64_t valid = size - at >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << (size - at)) - 1;
    const char *p = text + at;
    uint64_t quotes = SCAN_EQUAL(p, '"') & valid, lines = SCAN_EQUAL(p, '\n') & valid;
    uint64_t inside = state;
    line_count += (uint64_t)__builtin_popcountll(lines);
    any_high |= SCAN_HIGH(p) & valid;
    if (quotes) {
      inside = prefix_xor(quotes) ^ state;
      state = (uint64_t)((int64_t)inside >> 63);
      any_quote = 1;
    }
    lines &= ~inside;
    uint64_t all = lines | (SCAN_EQUAL(p, delimiter) & valid & ~inside);
    for (uint64_t left = lines; left; left &= left - 1)
      out->records[records++] =
          (uint32_t)(count + (size_t)__builtin_popcountll(all & (left ^ (left - 1)) >> 1));
    count += SCAN_NAME(put)(out->ends + count, (uint32_t)at, all);
  }
  out->count = count;
  out->record_count = records;
  out->line_count = line_count;
  out->has_quote = any_quote != 0;
  out->has_high = any_high != 0;
}

#undef SCAN_NAME
#undef SCAN_TARGET
#undef SCAN_EQUAL
#undef SCAN_HIGH
