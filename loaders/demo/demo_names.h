// The words and fixed figures of the chain: regions, cities, assortment, people, holidays.
#pragma once
#include <stdint.h>

typedef enum PriceZone { ZONE_CAPITAL, ZONE_STANDARD, ZONE_REMOTE, ZONE_COUNT } PriceZone;
extern const char *const zone_names[ZONE_COUNT];

// Regions carry the mix paradox: lines a receipt differ, and traffic moves to the small ones in the
// last year (docs/DEMO.md, truth mix_paradox).
typedef struct RegionInfo {
  const char *name, *name_en;
  PriceZone zone;
  double share;      // of shops at the start
  double lines_mean; // product lines a receipt
  double traffic[3]; // by year, against the first
} RegionInfo;
enum { REGION_ONLINE = 8, REGION_COUNT };
extern const RegionInfo regions[REGION_COUNT];

typedef struct CityInfo {
  const char *name, *name_en;
  uint8_t region;
  const char *timezone;
} CityInfo;
extern const CityInfo cities[];
extern const uint32_t city_count; // the last one is the online shop's

typedef enum Season {
  SEASON_NONE,
  SEASON_WINTER,
  SEASON_SUMMER,
  SEASON_MARCH,
  SEASON_DECEMBER,
  SEASON_BOOTS,
  SEASON_COUNT
} Season;
extern const double season_weights[SEASON_COUNT][12]; // by calendar month

typedef struct CategoryInfo {
  const char *name, *name_en;
} CategoryInfo;

typedef enum Subcategory {
  SUB_MILK,
  SUB_YOGHURT,
  SUB_CHEESE,
  SUB_BUTTER,
  SUB_MARGARINE,
  SUB_BREAD,
  SUB_BISCUITS,
  SUB_CAKES,
  SUB_PASTA,
  SUB_SAUCES,
  SUB_CEREALS,
  SUB_COFFEE,
  SUB_TEA,
  SUB_SUGAR,
  SUB_VEGETABLES,
  SUB_FRUIT,
  SUB_WATER,
  SUB_JUICE,
  SUB_KVASS,
  SUB_SNACKS,
  SUB_VITAMINS,
  SUB_COLD_REMEDIES,
  SUB_PAINKILLERS,
  SUB_FIRST_AID,
  SUB_SHAMPOO,
  SUB_CONDITIONER,
  SUB_CREAM,
  SUB_SUNSCREEN,
  SUB_TOOTHPASTE,
  SUB_TOOTHBRUSHES,
  SUB_MAKEUP,
  SUB_LAUNDRY,
  SUB_CLEANERS,
  SUB_PAPER,
  SUB_BATTERIES,
  SUB_KITCHENWARE,
  SUB_NAPPIES,
  SUB_BABY_FOOD,
  SUB_BOOTS,
  SUB_SNEAKERS,
  SUB_SANDALS,
  SUB_SHOE_CARE,
  SUB_GOODS_COUNT,
  SUB_BAG = SUB_GOODS_COUNT,
  SUB_DELIVERY,
  SUB_COUNT
} Subcategory;

typedef struct SubcategoryInfo {
  const char *name, *name_en;
  uint8_t category;
  double weight; // share of basket lines, before season
  Season season;
  double price;  // roubles, the median article
  double margin; // of the price without VAT
  uint8_t vat;
  uint8_t weighed;    // sold by kg
  double return_rate; // chance that a line is given back
} SubcategoryInfo;
extern const CategoryInfo categories[];
extern const SubcategoryInfo subcategories[SUB_COUNT];

// Baskets: having bought the first, the next line is from the second with this chance.
typedef struct AffinityInfo {
  uint8_t from, to;
  double chance;
} AffinityInfo;
extern const AffinityInfo affinities[];
extern const uint32_t affinity_count;

enum { BRAND_COUNT = 40, SUPPLIER_COUNT = 16, FIRST_NAME_COUNT = 24, SURNAME_COUNT = 40 };
extern const char *const brand_names[BRAND_COUNT];
extern const char *const supplier_names[SUPPLIER_COUNT];
extern const char *const first_names[2][FIRST_NAME_COUNT]; // 0 female, 1 male
extern const char *const surnames[SURNAME_COUNT];          // male; the female adds "а"

typedef struct HolidayInfo {
  uint8_t month, day;
  double weight; // of traffic
  const char *name, *name_en;
} HolidayInfo;
extern const HolidayInfo holidays[];
extern const uint32_t holiday_count;
