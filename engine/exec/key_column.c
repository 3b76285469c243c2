// See key_column.h.
#include "key_column.h"
#include "expr_eval.h"
#include <math.h>

void key_column_init(KeyColumn *key, Type type, const Dictionary *dictionary) {
  *key = (KeyColumn){.type = type, .dictionary = dictionary};
}

void key_column_init_finder(KeyColumn *key, const KeyColumn *known) {
  *key = (KeyColumn){.type = known->type, .dictionary = known->dictionary, .finds = true};
  if (known->sealed) key->sealed = dictionary_retain(known->sealed);
}

void key_column_clear(KeyColumn *key) {
  dictionary_builder_destroy(key->interner);
  dictionary_release(key->codes_of);
  mem_free(key->code_words);
  dictionary_release(key->sealed);
  mem_free(key->shown);
  *key = (KeyColumn){0};
}

bool key_column_interns(const KeyColumn *key) {
  if (key->dictionary) return false;
  Physical physical = type_physical(key->type);
  return physical != PHYSICAL_INT && physical != PHYSICAL_DOUBLE;
}

static int64_t intern(KeyColumn *key, const void *bytes, size_t size) {
  if (key->finds) {
    uint32_t found =
        key->sealed ? dictionary_find(key->sealed, (Str){bytes, (uint32_t)size}) : DICTIONARY_NONE;
    return found == DICTIONARY_NONE ? KEY_COLUMN_NO_WORD : (int64_t)found;
  }
  if (!key->interner) key->interner = dictionary_builder_create(NULL);
  return dictionary_builder_intern(key->interner, (Str){bytes, (uint32_t)size});
}

static bool interval_is_before(const IntervalValue *a, const IntervalValue *b) {
  if (a->months != b->months) return a->months < b->months;
  return a->days != b->days ? a->days < b->days : a->usec < b->usec;
}

// Equal intervals (30 days, 1 month) are one key: they are interned by their length, and shown as
// the one with the fewest months, then days, is: whichever row or thread came first.
static int64_t intern_interval(KeyColumn *key, const IntervalValue *value) {
  int128_t length = interval_length(*value);
  int64_t word = intern(key, &length, sizeof length);
  if (key->finds) return word;
  if (word < key->shown_count) {
    if (interval_is_before(value, &key->shown[word])) key->shown[word] = *value;
    return word;
  }
  if (key->shown_count == key->shown_capacity) {
    key->shown_capacity = key->shown_capacity ? key->shown_capacity * 2 : 64;
    key->shown = mem_realloc(key->shown, key->shown_capacity * sizeof *key->shown);
  }
  key->shown[key->shown_count++] = *value;
  return word;
}

static int64_t word_of(KeyColumn *key, const Value *value) {
  switch (key->type.kind == TYPE_STRING ? PHYSICAL_TEXT : type_physical(key->type)) {
  case PHYSICAL_TEXT:
    return intern(key, value->s.data, value->s.size);
  case PHYSICAL_WIDE:
    return intern(key, &value->wide, sizeof value->wide);
  case PHYSICAL_INTERVAL:
    return intern_interval(key, &value->interval);
  default:
    return value->i;
  }
}

static void encode_doubles(const Vector *v, uint32_t count, int64_t *words) {
  const double *values = v->data;
  for (uint32_t i = 0; i < count; i++) {
    double value = values[v->constant ? 0 : i];
    if (isnan(value)) value = NAN;
    if (value == 0) value = 0;
    memcpy(&words[i], &value, sizeof value);
  }
}

// Codes of another dictionary: each is interned once, not once a row.
static void encode_codes(KeyColumn *key, const Vector *v, uint32_t count, int64_t *words) {
  const Dictionary *dictionary = v->dictionary;
  if (key->codes_of != dictionary) {
    mem_free(key->code_words);
    dictionary_release(key->codes_of);
    key->codes_of = dictionary_retain((Dictionary *)dictionary); // its address stays its own
    key->code_words = mem_alloc_zero(((size_t)dictionary->count + 1) * sizeof *key->code_words);
  }
  vector_flatten_int(v, count, words);
  for (uint32_t i = 0; i < count; i++) {
    if (!vector_is_valid(v, i)) {
      words[i] = 0;
      continue;
    }
    uint32_t *word = &key->code_words[words[i]];
    if (!*word) {
      Str text = dictionary_get(dictionary, (uint32_t)words[i]);
      *word = (uint32_t)(intern(key, text.data, text.size) + 2); // 0: not asked for yet
    }
    words[i] = (int64_t)*word - 2;
  }
}

void key_column_encode(KeyColumn *key, const Vector *v, uint32_t count, int64_t *words) {
  if (!key_column_interns(key)) {
    if (v->physical == PHYSICAL_DOUBLE)
      encode_doubles(v, count, words);
    else
      vector_flatten_int(v, count, words);
    if (v->validity) // by a mask: which rows are NULL is hard to foresee
      for (uint32_t i = 0; i < count; i++) words[i] &= -(int64_t)vector_is_valid(v, i);
    return;
  }
  if (key->type.kind == TYPE_STRING && v->dictionary && v->physical == PHYSICAL_INT) {
    encode_codes(key, v, count, words);
    return;
  }
  for (uint32_t i = 0; i < count; i++) {
    Value value = vector_value(v, i);
    words[i] = value.is_null ? 0 : word_of(key, &value);
  }
}

void key_column_seal(KeyColumn *key) {
  if (!key->interner) return;
  key->sealed = dictionary_builder_finish(key->interner, false, NULL);
  key->interner = NULL;
  key->interned = key->sealed->strings;
}

Value key_column_decode(const KeyColumn *key, int64_t word) {
  Value value = {.type = key->type};
  if (key->dictionary) {
    value.s = dictionary_get(key->dictionary, (uint32_t)word);
  } else if (key_column_interns(key)) {
    Str bytes = key->interned[word];
    if (key->type.kind == TYPE_STRING)
      value.s = bytes;
    else if (key->type.kind == TYPE_INTERVAL)
      value.interval = key->shown[word];
    else
      memcpy(&value.wide, bytes.data, sizeof value.wide);
  } else {
    value.i = word; // doubles share the bits
  }
  return value;
}

int64_t *key_column_translate(const KeyColumn *source, KeyColumn *target) {
  if (!key_column_interns(source) || !source->sealed) return NULL;
  int64_t *words = mem_alloc(source->sealed->count * sizeof *words);
  for (uint32_t i = 0; i < source->sealed->count; i++)
    words[i] = source->shown ? intern_interval(target, &source->shown[i])
                             : intern(target, source->interned[i].data, source->interned[i].size);
  return words;
}
