// Making names, and guessing from names.
#include "inspect_names.h"
#include "reserved_words.h"
#include "text.h"
#include <ctype.h>
#include <stdio.h>

#define NAME_MAX_BYTES 63

// ISO 9 simplified: what Russians write in file names. From U+0430.
static const char *const cyrillic[32] = {
    "a", "b", "v", "g", "d", "e", "zh", "z",  "i",  "y",   "k", "l", "m", "n", "o",  "p",
    "r", "s", "t", "u", "f", "h", "ts", "ch", "sh", "sch", "",  "y", "",  "e", "yu", "ya"};

static size_t letters_put(char *out, size_t at, const char *letters) {
  for (; *letters && at < NAME_MAX_BYTES - 4; letters++) out[at++] = *letters;
  return at;
}

static size_t name_plain(const char *text, char out[NAME_MAX_BYTES + 1]) {
  size_t n = 0, size = strlen(text);
  bool valid = utf8_valid_prefix(text, size) == size;
  for (const char *p = text; *p && n < NAME_MAX_BYTES - 4;) {
    const char *at = p;
    bool hump = p > text && islower((unsigned char)p[-1]); // InvoiceNo is invoice_no
    uint32_t c = valid ? utf8_decode(&p) : (unsigned char)*p++;
    if (c >= 0x410 && c <= 0x42F) c += 32;
    if (c == 0x401 || c == 0x451) c = 0x435;
    if (hump && isupper((unsigned char)*at)) n = letters_put(out, n, "_");
    if (c < 0x80 && isalnum((int)c))
      out[n++] = (char)tolower((int)c);
    else if (c >= 0x430 && c <= 0x44F)
      n = letters_put(out, n, cyrillic[c - 0x430]);
    else if (n && out[n - 1] != '_')
      out[n++] = '_';
  }
  while (n && out[n - 1] == '_') n--;
  out[n] = 0;
  return n;
}

static bool name_is_used(const char *name, const char *const *used, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (!strcmp(used[i], name)) return true;
  return false;
}

const char *inspect_name(Arena *arena, const char *text, const char *const *used, uint32_t count) {
  char plain[NAME_MAX_BYTES + 1];
  size_t n = name_plain(text, plain);
  const char *name = arena_printf(arena, "%s%s%s", isalpha((unsigned char)plain[0]) ? "" : "c_",
                                  n ? plain : "column", reserved_word_find(plain) ? "_" : "");
  const char *base = name;
  for (uint32_t i = 2; name_is_used(name, used, count); i++)
    name = arena_printf(arena, "%s_%u", base, i);
  return name;
}

const char *inspect_file_name(Arena *arena, const char *path) {
  const char *slash = strrchr(path, '/');
  char *name = arena_strdup(arena, slash ? slash + 1 : path);
  static const char *const extensions[] = {".gz",  ".zst",  ".csv",   ".tsv",    ".txt",
                                           ".tbl", ".json", ".jsonl", ".ndjson", ".xlsx"};
  for (size_t round = 0; round < 2; round++)
    for (size_t e = 0; e < sizeof extensions / sizeof *extensions; e++) {
      size_t n = strlen(name), m = strlen(extensions[e]);
      if (n > m && !strcasecmp(name + n - m, extensions[e])) name[n - m] = 0;
    }
  size_t n = strlen(name); // sales-2024-01 and sales_2 are parts of sales
  while (n && (isdigit((unsigned char)name[n - 1]) || strchr("-_.", name[n - 1]))) n--;
  if (n) name[n] = 0;
  return name;
}

// The part of a name that says what it names: no one- or two-letter prefix, no "id" at the end.
static Str name_stem(const char *name) {
  static const char *const endings[] = {"_id",     "_key", "_code", "_no",
                                        "_number", "id",   "key",   "code"};
  const char *underscore = strchr(name, '_');
  if (underscore && underscore - name <= 2 && underscore[1]) name = underscore + 1;
  Str stem = str_from(name);
  for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
    uint32_t m = (uint32_t)strlen(endings[e]);
    if (stem.size <= m + 1 || memcmp(stem.data + stem.size - m, endings[e], m)) continue;
    stem.size -= m;
    break;
  }
  if (stem.size > 3 && stem.data[stem.size - 1] == 's') stem.size--; // plural
  return stem;
}

// Counts and amounts of something are not the thing: customer_count.
static bool name_is_amount(const char *name) {
  static const char *const endings[] = {"count",    "sum",    "total", "qty",
                                        "quantity", "amount", "price"};
  size_t n = strlen(name);
  for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
    size_t m = strlen(endings[e]);
    if (n > m && !strcmp(name + n - m, endings[e])) return true;
  }
  return false;
}

bool inspect_name_hints(const char *column, const char *table, const char *key) {
  if (!strcmp(column, key)) return true;
  if (name_is_amount(column)) return false;
  Str a = name_stem(column), names[2] = {name_stem(table), name_stem(key)};
  for (int k = 0; k < 2; k++)
    if (names[k].size >= 3 && memmem(a.data, a.size, names[k].data, names[k].size)) return true;
  return false;
}

// --- What names speak of ---

// Words between spaces; "+word" counts as the last of a name, "*word" as the last or the first,
// others anywhere.
static const char *const senses[] = {
    [INSPECT_NAME_CODE] =
        "nummer +nr *id *key *code +no +nr +num +number +zip postal postcode phone +fax sku upc "
        "ean gtin "
        "barcode +account *kod *nomer artikul +inn shtrihkod telefon +indeks +card plu uuid guid",
    [INSPECT_NAME_TIME_PART] = "year month week quarter weekday hour period god mesyats nedelya "
                               "kvartal chas",
    [INSPECT_NAME_DATE] = "datum tag date day time timestamp datetime at calendar data den vremya "
                          "kalendar",
    [INSPECT_NAME_MOMENT] = "time timestamp ts datetime at date created updated modified epoch "
                            "unixtime seen vremya",
    [INSPECT_NAME_LIFE_DATE] = "birth birthdate birthday born dob expires expiry valid until end "
                               "modified updated rozhdeniya",
    [INSPECT_NAME_AMOUNT] =
        "umsatz betrag menge anzahl summe montant qty quantity amount sum total sales revenue "
        "turnover cost units count value spend spent "
        "paid discount disc tax vat profit margin net gross orders visits kolichestvo kol summa "
        "itogo vyruchka stoimost skidka oborot prodazhi points bally",
    [INSPECT_NAME_RATE] =
        "preis prix price rate ratio percent pct share age score rating avg average mean recency "
        "temperature "
        "weight height width depth latitude longitude lat lon srp sqft tsena protsent dolya "
        "vozrast stavka kurs ves",
    [INSPECT_NAME_QUANTITY] = "menge anzahl qty quantity units kolichestvo kol",
    [INSPECT_NAME_PRICE] = "preis prix price tsena",
    [INSPECT_NAME_MONEY] = "umsatz betrag summe montant amount sum total sales revenue turnover "
                           "value spend spent paid summa "
                           "itogo vyruchka stoimost oborot prodazhi net gross",
    [INSPECT_NAME_NAME] =
        "bezeichnung nom name fullname title description label naimenovanie nazvanie imya fio",
    [INSPECT_NAME_PERSON] = "fname lname firstname lastname surname middlename mi email familiya "
                            "otchestvo imya fio phone address street fax adres telefon url",
    [INSPECT_NAME_GROUP] = "stadt ville pays land kategorie category kategoriya group gruppa "
                           "department otdel class klass region "
                           "city gorod type tip family brand chain district state country format "
                           "segment subcategory podkategoriya",
    [INSPECT_NAME_EVENT] = "receipt receipts order orders check checks invoice invoices basket "
                           "baskets transaction transactions visit visits bill bills sale sales "
                           "document documents ticket tickets session sessions trip trips "
                           "chek cheki zakaz zakazy prodazhi pokupki dokumenty",
};

// One word of a name, without digits at its end: phone1.
static bool word_is(const char *list, const char *word, size_t size, bool first, bool last) {
  while (size && isdigit((unsigned char)word[size - 1])) size--;
  for (list += strspn(list, " "); *list; list += strspn(list, " ")) {
    char mark = *list == '*' || *list == '+' ? *list++ : 0;
    size_t length = strcspn(list, " ");
    bool placed = !mark || last || (mark == '*' && first);
    if (placed && size && length == size && !memcmp(list, word, size)) return true;
    list += length;
  }
  return false;
}

bool inspect_name_is(const char *name, InspectNameSense sense) {
  static const char *const persons[] = {"first_name", "last_name", "middle_name"};
  for (size_t i = 0; i < 3 && sense == INSPECT_NAME_PERSON; i++)
    if (strstr(name, persons[i])) return true;
  for (const char *word = name; *word;) {
    size_t size = strcspn(word, "_");
    const char *next = word + size + strspn(word + size, "_");
    if (word_is(senses[sense], word, size, word == name, !*next)) return true;
    word = next;
  }
  return false;
}
