// A small retail catalog made by hand, for tests of the front ends: no data, only names and types.
#pragma once
#include "catalog.h"
#include "date.h"
#include "key_set.h"
#include <string.h>

#define CAT_COLUMN(column, kind)                                                                   \
  { .name = (column), .type = kind }
#define CAT_LINK(column, kind, target)                                                             \
  { .name = (column), .type = kind, .link_table = (target), .link_key = "id" }
#define CAT_INT                                                                                    \
  { .kind = TYPE_INT, .bits = 64 }
#define CAT_INT32                                                                                  \
  { .kind = TYPE_INT, .bits = 32 }
#define CAT_MONEY                                                                                  \
  { .kind = TYPE_DECIMAL, .precision = 12, .scale = 2 }
#define CAT_TEXT                                                                                   \
  { .kind = TYPE_STRING }
#define CAT_DATE                                                                                   \
  { .kind = TYPE_DATE }
#define CAT_COUNT(array) (sizeof(array) / sizeof *(array))

static CatalogColumn cat_sales[] = {
    CAT_COLUMN("receipt_id", CAT_INT),
    CAT_COLUMN("day", CAT_DATE),
    CAT_LINK("store", CAT_INT32, "stores"),
    CAT_LINK("product", CAT_INT, "products"),
    CAT_LINK("customer", CAT_INT, "customers"),
    CAT_COLUMN("qty", CAT_INT32),
    CAT_COLUMN("paid", CAT_MONEY),
    CAT_COLUMN("cost", CAT_MONEY),
    CAT_COLUMN("channel", CAT_TEXT),
    CAT_COLUMN("sold_at", {.kind = TYPE_TIMESTAMP}),
    CAT_COLUMN("weight", {.kind = TYPE_DOUBLE}),
    CAT_COLUMN("online", {.kind = TYPE_BOOL}),
    {.name = "batch", .type = CAT_TEXT, .hidden = true},
};
static CatalogColumn cat_stores[] = {
    CAT_COLUMN("id", CAT_INT32),  CAT_COLUMN("name", CAT_TEXT),   CAT_COLUMN("region", CAT_TEXT),
    CAT_COLUMN("city", CAT_TEXT), CAT_COLUMN("opened", CAT_DATE),
};
static CatalogColumn cat_products[] = {
    CAT_COLUMN("id", CAT_INT),
    CAT_COLUMN("name", CAT_TEXT),
    CAT_COLUMN("category", CAT_TEXT),
    CAT_LINK("brand", CAT_INT32, "brands"),
};
static CatalogColumn cat_brands[] = {CAT_COLUMN("id", CAT_INT32), CAT_COLUMN("name", CAT_TEXT)};
static CatalogColumn cat_customers[] = {
    CAT_COLUMN("id", CAT_INT),
    CAT_COLUMN("name", CAT_TEXT),
    CAT_COLUMN("city", CAT_TEXT),
    CAT_COLUMN("birth", CAT_DATE),
};
static CatalogColumn cat_receipts[] = {
    CAT_COLUMN("id", CAT_INT),
    CAT_COLUMN("day", CAT_DATE),
    CAT_LINK("store", CAT_INT32, "stores"),
    CAT_LINK("customer", CAT_INT, "customers"),
    CAT_COLUMN("total", CAT_MONEY),
    CAT_COLUMN("is_return", {.kind = TYPE_BOOL}),
};

static const CatalogTable cat_tables[] = {
    {"sales", cat_sales, CAT_COUNT(cat_sales), NULL},
    {"stores", cat_stores, CAT_COUNT(cat_stores), "id"},
    {"products", cat_products, CAT_COUNT(cat_products), "id"},
    {"brands", cat_brands, CAT_COUNT(cat_brands), "id"},
    {"customers", cat_customers, CAT_COUNT(cat_customers), "id"},
    {"receipts", cat_receipts, CAT_COUNT(cat_receipts), "id"},
};
static const char *const cat_table_names[] = {"sales",  "stores",    "products",
                                              "brands", "customers", "receipts"};

static const char *const cat_by_store[] = {"store"}, *const cat_by_product[] = {"product"},
                         *const cat_by_brand[] = {"product", "brand"},
                         *const cat_by_customer[] = {"customer"};
#define CAT_TIME_LEVELS                                                                            \
  {.name = "date.day", .dimension = "date", .column = "day", .type = CAT_DATE},                    \
      {.name = "date.week",                                                                        \
       .dimension = "date",                                                                        \
       .column = "day",                                                                            \
       .trunc = "week",                                                                            \
       .type = CAT_DATE},                                                                          \
      {.name = "date.month",                                                                       \
       .dimension = "date",                                                                        \
       .column = "day",                                                                            \
       .trunc = "month",                                                                           \
       .type = CAT_DATE},                                                                          \
      {.name = "date.quarter",                                                                     \
       .dimension = "date",                                                                        \
       .column = "day",                                                                            \
       .trunc = "quarter",                                                                         \
       .type = CAT_DATE},                                                                          \
      {.name = "date.year",                                                                        \
       .dimension = "date",                                                                        \
       .column = "day",                                                                            \
       .trunc = "year",                                                                            \
       .type = CAT_DATE},                                                                          \
  {                                                                                                \
    .name = "date.weekday", .dimension = "date", .column = "day", .extract = "isodow",             \
    .type = CAT_INT                                                                                \
  }
#define CAT_STORE_LEVELS                                                                           \
  {.name = "store.region",                                                                         \
   .dimension = "store",                                                                           \
   .links = cat_by_store,                                                                          \
   .link_count = 1,                                                                                \
   .column = "region",                                                                             \
   .type = CAT_TEXT},                                                                              \
      {.name = "store.city",                                                                       \
       .dimension = "store",                                                                       \
       .links = cat_by_store,                                                                      \
       .link_count = 1,                                                                            \
       .column = "city",                                                                           \
       .type = CAT_TEXT},                                                                          \
  {                                                                                                \
    .name = "store.store", .dimension = "store", .column = "store", .type = CAT_INT32              \
  }

static const CatalogLevel cat_sales_levels[] = {
    CAT_TIME_LEVELS,
    CAT_STORE_LEVELS,
    {.name = "product.category",
     .dimension = "product",
     .links = cat_by_product,
     .link_count = 1,
     .column = "category",
     .type = CAT_TEXT},
    {.name = "product.brand",
     .dimension = "product",
     .links = cat_by_brand,
     .link_count = 2,
     .column = "name",
     .type = CAT_TEXT},
    {.name = "customer.city",
     .dimension = "customer",
     .links = cat_by_customer,
     .link_count = 1,
     .column = "city",
     .type = CAT_TEXT},
    {.name = "customer.id", .dimension = "customer", .column = "customer", .type = CAT_INT},
    {.name = "channel.channel", .dimension = "channel", .column = "channel", .type = CAT_TEXT},
};
static const CatalogLevel cat_receipts_levels[] = {
    CAT_TIME_LEVELS,
    CAT_STORE_LEVELS,
    {.name = "customer.city",
     .dimension = "customer",
     .links = cat_by_customer,
     .link_count = 1,
     .column = "city",
     .type = CAT_TEXT},
};
static const CatalogMeasure cat_sales_measures[] = {
    {.name = "sales.revenue", .aggregate = AGGREGATE_SUM, .expression = "paid"},
    {.name = "sales.units", .aggregate = AGGREGATE_SUM, .expression = "qty"},
    {.name = "sales.margin", .aggregate = AGGREGATE_SUM, .expression = "paid - cost"},
    {.name = "sales.lines", .aggregate = AGGREGATE_COUNT_ROWS},
    {.name = "sales.buyers", .aggregate = AGGREGATE_COUNT_DISTINCT, .expression = "customer"},
    {.name = "sales.online", .aggregate = AGGREGATE_SUM, .expression = "paid", .filter = "online"},
    {.name = "sales.dairy",
     .aggregate = AGGREGATE_SUM,
     .expression = "paid",
     .filter = "product.category = 'Dairy'"},
    {.name = "sales.price",
     .kind = MEASURE_RATIO,
     .numerator = "sales.revenue",
     .denominator = "sales.units"},
    {.name = "sales.online_share",
     .kind = MEASURE_RATIO,
     .numerator = "sales.online",
     .denominator = "sales.revenue"},
    {.name = "sales.active",
     .aggregate = AGGREGATE_COUNT_DISTINCT,
     .expression = "customer",
     .window_days = 90},
};
static const CatalogMeasure cat_receipts_measures[] = {
    {.name = "receipts.count", .aggregate = AGGREGATE_COUNT_ROWS, .filter = "NOT is_return"},
    {.name = "receipts.total", .aggregate = AGGREGATE_SUM, .expression = "total"},
    {.name = "receipts.check",
     .kind = MEASURE_RATIO,
     .numerator = "receipts.total",
     .denominator = "receipts.count"},
};
static const CatalogCube cat_cubes[] = {
    {"sales", "sales", "date.day", cat_sales_levels, CAT_COUNT(cat_sales_levels),
     cat_sales_measures, CAT_COUNT(cat_sales_measures)},
    {"receipts", "receipts", "date.day", cat_receipts_levels, CAT_COUNT(cat_receipts_levels),
     cat_receipts_measures, CAT_COUNT(cat_receipts_measures)},
};
static const char *const cat_cube_names[] = {"sales", "receipts"};

static inline const CatalogTable *cat_find_table(const Catalog *catalog, const char *name) {
  (void)catalog;
  for (size_t i = 0; i < CAT_COUNT(cat_tables); i++)
    if (!strcmp(cat_tables[i].name, name)) return &cat_tables[i];
  return NULL;
}
static inline const CatalogCube *cat_find_cube(const Catalog *catalog, const char *name) {
  (void)catalog;
  for (size_t i = 0; i < CAT_COUNT(cat_cubes); i++)
    if (!strcmp(cat_cubes[i].name, name)) return &cat_cubes[i];
  return NULL;
}
static inline uint32_t cat_list_tables(const Catalog *catalog, const char *const **names) {
  (void)catalog;
  *names = cat_table_names;
  return CAT_COUNT(cat_table_names);
}
static inline uint32_t cat_list_cubes(const Catalog *catalog, const char *const **names) {
  (void)catalog;
  *names = cat_cube_names;
  return CAT_COUNT(cat_cube_names);
}

// Segment "vip", of nobody, on two days.
static ColumnSchema cat_member_key = {.name = "id", .type = CAT_INT};
static TableSchema cat_member_schema = {
    .name = "customers", .columns = &cat_member_key, .column_count = 1, .has_members = true};
static const Table cat_members = {.schema = &cat_member_schema};
static const KeySet cat_vip[] = {{.name = "segment vip", .table = &cat_members},
                                 {.name = "segment vip as of 2024-12-31", .table = &cat_members}};

static inline Status cat_find_segment(const CatalogSegments *segments, const char *id,
                                      const int32_t *day, CatalogSegment *segment, Error *error) {
  (void)segments;
  if (strcmp(id, "vip"))
    return error_set(error, STATUS_NOT_FOUND, "there is no segment \"%s\"; did you mean \"vip\"?",
                     id);
  if (day && *day != date_from_civil(2024, 12, 31))
    return error_set(error, STATUS_INVALID, "no data as of that day");
  *segment = (CatalogSegment){&cat_vip[day != NULL], "customers", "id", CAT_INT, "customer.id"};
  return STATUS_OK;
}
static const CatalogSegments cat_segments = {.find = cat_find_segment};
static const Catalog cat_retail = {.segments = &cat_segments,
                                   .find_table = cat_find_table,
                                   .find_cube = cat_find_cube,
                                   .table_names = cat_list_tables,
                                   .cube_names = cat_list_cubes};
