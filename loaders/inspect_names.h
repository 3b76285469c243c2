// Names for a model made from names of files and headers.
#pragma once
#include "arena.h"

// Lower-case a-z, 0-9, '_', at most 63, no reserved word, not one of the `used` (count names): from
// any UTF-8 text; Cyrillic letters are transcribed. Allocated in the arena.
const char *inspect_name(Arena *arena, const char *text, const char *const *used, uint32_t count);
// The name of a file's table: without folders, extensions, and what only numbers the file.
const char *inspect_file_name(Arena *arena, const char *path);
// Whether the name of a column speaks of a table (singular or plural) or its key: store_id and
// stores, lo_custkey and c_custkey.
bool inspect_name_hints(const char *column, const char *table, const char *key);

// What the words of a column's name speak of; English and transcribed Russian ones, and some German
// and French.
typedef enum InspectNameSense {
  INSPECT_NAME_CODE,      // customer_id, zip_code, phone: identifies, is never added up
  INSPECT_NAME_TIME_PART, // year, week_of_year
  INSPECT_NAME_DATE,      // order_date, calendar
  INSPECT_NAME_MOMENT,    // created_at, ts: may be a number of seconds
  INSPECT_NAME_LIFE_DATE, // birth_date, valid_to: a day of the thing, not one it happened on
  INSPECT_NAME_AMOUNT,    // quantity, total_price: adds up
  INSPECT_NAME_RATE,      // unit_price, age, percent: does not
  INSPECT_NAME_QUANTITY,  // how many
  INSPECT_NAME_PRICE,     // of one
  INSPECT_NAME_MONEY,     // an amount of money: with it quantity times price says nothing new
  INSPECT_NAME_NAME,      // store_name, title: what a thing is called
  INSPECT_NAME_PERSON,    // first_name, email: says who, groups nobody
  INSPECT_NAME_GROUP,     // category, region: what things are grouped by
  INSPECT_NAME_EVENT,     // receipt, order, visit
} InspectNameSense;
bool inspect_name_is(const char *name, InspectNameSense sense);
