// The usual chunk has as many fields in each record as the header, and nothing is done. Else
// records are looked at one by one.
#include "csv_records.h"
#include "memory.h"
#include "text.h"

bool csv_records_regular(const CsvEnds *scan, uint32_t fields, uint32_t *row_starts) {
  if (fields == 1) return false; // blank lines look like records
  bool regular = true;
  uint32_t start = 0;
  for (size_t r = 0; r < scan->record_count; r++) {
    regular &= scan->records[r] == (r + 1) * fields - 1;
    row_starts[r] = start;
    start = scan->ends[scan->records[r]] + 1;
  }
  return regular;
}

static bool record_blank(const char *text, uint32_t start, uint32_t end) {
  return end == start || (end == start + 1 && text[start] == '\r');
}

// A field without blanks and quotes around it, and a colon behind.
static Str field_bare(const char *text, uint32_t start, uint32_t end) {
  while (end > start && ((unsigned char)text[end - 1] <= ' ' || strchr("\":", text[end - 1])))
    end--;
  while (end > start && ((unsigned char)text[start] <= ' ' || text[start] == '"')) start++;
  return (Str){text + start, end - start};
}

// The first field that is not empty; an empty text when all are.
static Str record_head(const char *text, const CsvEnds *scan, size_t first, size_t last,
                       uint32_t start) {
  for (size_t f = first; f <= last; f++) {
    Str field = field_bare(text, start, scan->ends[f]);
    if (field.size) return field;
    start = scan->ends[f] + 1;
  }
  return (Str){"", 0};
}

static int32_t token_find(const ModelSource *format, Str head) {
  for (uint32_t t = 0; t < format->skip_count; t++) {
    const char *token = format->skip[t];
    if (strlen(token) == head.size && !strncasecmp(token, head.data, head.size)) return (int32_t)t;
  }
  return -1;
}

static bool fields_empty(const char *text, const CsvEnds *scan, size_t first, size_t last) {
  uint32_t start = scan->ends[first - 1] + 1;
  for (size_t f = first; f <= last; start = scan->ends[f++] + 1)
    if (field_bare(text, start, scan->ends[f]).size) return false;
  return true;
}

// The record's ends as a row: those that are missing stand where it ended.
static void ends_put(const char *text, const CsvEnds *scan, size_t first, size_t count,
                     uint32_t start, uint32_t fields, uint32_t *to) {
  size_t kept = count < fields ? count : fields;
  memmove(to, scan->ends + first, kept * sizeof *to);
  if (count >= fields) return;
  uint32_t end = to[kept - 1];
  if (end > start && text[end - 1] == '\r') end--;
  for (size_t f = kept - 1; f < fields; f++) to[f] = end;
}

static uint32_t *ends_reserve(CsvRecords *out, size_t count) {
  if (out->capacity < count) {
    mem_free(out->ends);
    out->capacity = count + count / 4;
    out->ends = mem_alloc(out->capacity * sizeof *out->ends);
  }
  return out->ends;
}

#define PADDING_MAX 16 // fields of a row for each that the record has, so that memory is bounded

uint32_t csv_records_sort_out(const char *text, CsvEnds *scan, const ModelSource *format,
                              uint32_t fields, uint32_t *row_starts, uint32_t *lines,
                              CsvBadRecord *bad, CsvRecords *out) {
  uint32_t start = 0, line = 0, bad_count = 0;
  size_t first = 0;
  size_t most = scan->record_count * fields, padded = scan->count * PADDING_MAX;
  uint32_t *ends =
      format->ragged ? ends_reserve(out, (most < padded ? most : padded) + 1) : scan->ends;
  out->rows = 0;
  out->ragged = out->skipped = out->skip_line = out->skip_tokens = 0;
  for (size_t r = 0; r < scan->record_count; r++) {
    size_t last = scan->records[r], count = last - first + 1;
    uint32_t end = scan->ends[last];
    bool blank = count == 1 && record_blank(text, start, end);
    int32_t token = -1;
    if (!blank && format->skip_count)
      token = token_find(format, record_head(text, scan, first, last, start));
    bool less = count < fields && format->ragged && count * PADDING_MAX >= fields;
    bool more = count > fields && format->ragged && fields_empty(text, scan, first + fields, last);
    if (token >= 0) {
      if (!out->skipped++) out->skip_line = line;
      out->skip_tokens |= token < 64 ? UINT64_C(1) << token : 0;
    } else if (!blank && (count == fields || more || less)) {
      ends_put(text, scan, first, count, start, fields, ends + (size_t)out->rows * fields);
      out->ragged += count != fields;
      row_starts[out->rows] = start;
      lines[out->rows++] = line;
    } else if (!blank) {
      bad[bad_count++] = (CsvBadRecord){line, (uint32_t)count, start, end};
    }
    for (const char *p = text + start; p <= text + end; p++) line += *p == '\n';
    first = last + 1;
    start = end + 1;
  }
  return bad_count;
}
