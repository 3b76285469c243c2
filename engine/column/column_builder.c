// Building columns row by row: values wait in flat arrays until a block is full.
//
// Strings kept as codes are interned in order of arrival; the end hands codes out in byte order and
// encodes the blocks anew.
#include "column.h"

struct ColumnBuilder {
  Type type;
  Physical physical; // of the waiting values
  DictionaryBuilder *dictionary;
  MemoryBudget *budget;
  int64_t charged;
  Block **blocks;
  uint32_t block_count, block_capacity;
  uint32_t waiting;
  void *values;       // [BLOCK_ROWS] of the physical type
  uint64_t *validity; // [BLOCK_ROWS / 64]
  Arena *text;        // bytes of waiting strings that have no dictionary
};

ColumnBuilder *column_builder_create(Type type, bool as_codes, MemoryBudget *budget) {
  ColumnBuilder *builder = mem_alloc_zero(sizeof *builder);
  builder->type = type;
  builder->budget = budget;
  if (type.kind == TYPE_STRING && as_codes) builder->dictionary = dictionary_builder_create(NULL);
  builder->physical = builder->dictionary ? PHYSICAL_INT : type_physical(type);
  builder->values = mem_alloc(BLOCK_ROWS * physical_bytes(builder->physical));
  builder->validity = mem_alloc_zero(BLOCK_ROWS / 8);
  return builder;
}

static void builder_free(ColumnBuilder *builder) {
  memory_budget_release(builder->budget, builder->charged);
  arena_destroy(builder->text);
  mem_free(builder->values);
  mem_free(builder->validity);
  mem_free(builder);
}

void column_builder_destroy(ColumnBuilder *builder) {
  if (!builder) return;
  for (uint32_t b = 0; b < builder->block_count; b++) block_release(builder->blocks[b]);
  mem_free(builder->blocks);
  dictionary_builder_destroy(builder->dictionary);
  builder_free(builder);
}

static Block *waiting_encode(const ColumnBuilder *builder) {
  uint32_t count = builder->waiting;
  switch (builder->physical) {
  case PHYSICAL_INT:
    return block_encode_int(builder->values, builder->validity, count);
  case PHYSICAL_WIDE:
    return block_encode_wide(builder->values, builder->validity, count);
  case PHYSICAL_DOUBLE:
    return block_encode_double(builder->values, builder->validity, count);
  default:
    return block_encode_text(builder->values, builder->validity, count);
  }
}

static Status builder_seal(ColumnBuilder *builder, Error *error) {
  Block *block = waiting_encode(builder);
  int64_t bytes = (int64_t)block_bytes(block);
  if (memory_budget_charge(builder->budget, bytes, error) != STATUS_OK) {
    block_release(block);
    return STATUS_MEMORY;
  }
  builder->charged += bytes;
  if (builder->block_count == builder->block_capacity) {
    builder->block_capacity = builder->block_capacity ? builder->block_capacity * 2 : 8;
    builder->blocks =
        mem_realloc(builder->blocks, builder->block_capacity * sizeof *builder->blocks);
  }
  builder->blocks[builder->block_count++] = block;
  builder->waiting = 0;
  memset(builder->validity, 0, BLOCK_ROWS / 8);
  arena_destroy(builder->text);
  builder->text = NULL;
  return STATUS_OK;
}

static void builder_put(ColumnBuilder *builder, const Value *value) {
  uint32_t at = builder->waiting++;
  if (value->is_null) {
    memset((char *)builder->values + at * physical_bytes(builder->physical), 0,
           physical_bytes(builder->physical));
    return;
  }
  bits_set(builder->validity, at);
  switch (builder->physical) {
  case PHYSICAL_INT:
    ((int64_t *)builder->values)[at] =
        builder->dictionary ? dictionary_builder_intern(builder->dictionary, value->s) : value->i;
    break;
  case PHYSICAL_WIDE:
    ((int128_t *)builder->values)[at] = value->wide;
    break;
  case PHYSICAL_DOUBLE:
    ((double *)builder->values)[at] = value->d;
    break;
  default:
    if (!builder->text) builder->text = arena_create();
    ((Str *)builder->values)[at] =
        (Str){arena_strndup(builder->text, value->s.data, value->s.size), value->s.size};
  }
}

Status column_builder_append_value(ColumnBuilder *builder, const Value *value, Error *error) {
  builder_put(builder, value);
  return builder->waiting == BLOCK_ROWS ? builder_seal(builder, error) : STATUS_OK;
}

// Whole vectors of plain integers go in with one loop.
static void builder_put_ints(ColumnBuilder *builder, const Vector *values, uint32_t count) {
  vector_flatten_int(values, count, (int64_t *)builder->values + builder->waiting);
  for (uint32_t i = 0; i < count; i++)
    if (vector_is_valid(values, i)) bits_set(builder->validity, builder->waiting + i);
  builder->waiting += count;
}

Status column_builder_append(ColumnBuilder *builder, const Vector *values, uint32_t count,
                             Error *error) {
  bool plain =
      values->physical == PHYSICAL_INT && builder->physical == PHYSICAL_INT && !builder->dictionary;
  if (plain && builder->waiting + count <= BLOCK_ROWS) {
    builder_put_ints(builder, values, count);
    return builder->waiting == BLOCK_ROWS ? builder_seal(builder, error) : STATUS_OK;
  }
  for (uint32_t i = 0; i < count; i++) {
    Value value = vector_value(values, i);
    TRY(column_builder_append_value(builder, &value, error));
  }
  return STATUS_OK;
}

static void blocks_recode(Block **blocks, uint32_t count, const uint32_t *remap) {
  int64_t *codes = mem_alloc(BLOCK_ROWS * sizeof *codes);
  for (uint32_t b = 0; b < count; b++) {
    Block *block = blocks[b];
    block_decode_int(block, codes);
    for (uint32_t i = 0; i < block->row_count; i++)
      if (!block->validity || bits_get(block->validity, i)) codes[i] = remap[codes[i]];
    blocks[b] = block_encode_int(codes, block->validity, block->row_count);
    block_release(block);
  }
  mem_free(codes);
}

Column *column_builder_finish(ColumnBuilder *builder) {
  MemoryBudget *budget = builder->budget;
  builder->budget = NULL; // the last block and the whole column are the owner's to charge
  memory_budget_release(budget, builder->charged);
  if (builder->waiting && builder_seal(builder, NULL) != STATUS_OK) return NULL;
  Dictionary *dictionary = NULL;
  if (builder->dictionary) {
    uint32_t *remap;
    dictionary = dictionary_builder_finish(builder->dictionary, true, &remap);
    if (remap) blocks_recode(builder->blocks, builder->block_count, remap);
    mem_free(remap);
  }
  Column *column = column_create(builder->type, dictionary, builder->blocks, builder->block_count);
  builder_free(builder);
  return column;
}
