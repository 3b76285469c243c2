// Words that cannot be names without quotes in SQL, so that a model's names never need them.
#pragma once
#include <stdbool.h>

// `word` in lower case. PostgreSQL 15, appendix C: the words that are reserved there.
bool reserved_word_find(const char *word);
