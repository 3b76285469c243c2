// Kept apart from the rules, since a list of words is read differently from code. The order of
// nations is dbgen's: it gives the country code of telephone numbers (10 + its index).
#include "ssb_words.h"

#define AFRICA "AFRICA"
#define AMERICA "AMERICA"
#define ASIA "ASIA"
#define EUROPE "EUROPE"
#define MIDDLE_EAST "MIDDLE EAST"

const SsbNation SSB_NATIONS[SSB_NATION_COUNT] = {
    {"ALGERIA", AFRICA},
    {"ARGENTINA", AMERICA},
    {"BRAZIL", AMERICA},
    {"CANADA", AMERICA},
    {"EGYPT", MIDDLE_EAST},
    {"ETHIOPIA", AFRICA},
    {"FRANCE", EUROPE},
    {"GERMANY", EUROPE},
    {"INDIA", ASIA},
    {"INDONESIA", ASIA},
    {"IRAN", MIDDLE_EAST},
    {"IRAQ", MIDDLE_EAST},
    {"JAPAN", ASIA},
    {"JORDAN", MIDDLE_EAST},
    {"KENYA", AFRICA},
    {"MOROCCO", AFRICA},
    {"MOZAMBIQUE", AFRICA},
    {"PERU", AMERICA},
    {"CHINA", ASIA},
    {"ROMANIA", EUROPE},
    {"SAUDI ARABIA", MIDDLE_EAST},
    {"VIETNAM", ASIA},
    {"RUSSIA", EUROPE},
    {"UNITED KINGDOM", EUROPE},
    {"UNITED STATES", AMERICA},
};

const char *const SSB_SEGMENTS[5] = {"AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY",
                                     "HOUSEHOLD"};
const char *const SSB_PRIORITIES[5] = {"1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED",
                                       "5-LOW"};
const char *const SSB_SHIPMODES[7] = {"REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"};

const char *const SSB_COLORS[SSB_COLOR_COUNT] = {
    "almond",   "antique",   "aquamarine", "azure",      "beige",     "bisque",    "black",
    "blanched", "blue",      "blush",      "brown",      "burlywood", "burnished", "chartreuse",
    "chiffon",  "chocolate", "coral",      "cornflower", "cornsilk",  "cream",     "cyan",
    "dark",     "deep",      "dim",        "dodger",     "drab",      "firebrick", "floral",
    "forest",   "frosted",   "gainsboro",  "ghost",      "goldenrod", "green",     "grey",
    "honeydew", "hot",       "indian",     "ivory",      "khaki",     "lace",      "lavender",
    "lawn",     "lemon",     "light",      "lime",       "linen",     "magenta",   "maroon",
    "medium",   "metallic",  "midnight",   "mint",       "misty",     "moccasin",  "navajo",
    "navy",     "olive",     "orange",     "orchid",     "pale",      "papaya",    "peach",
    "peru",     "pink",      "plum",       "powder",     "puff",      "purple",    "red",
    "rose",     "rosy",      "royal",      "saddle",     "salmon",    "sandy",     "seashell",
    "sienna",   "sky",       "slate",      "smoke",      "snow",      "spring",    "steel",
    "tan",      "thistle",   "tomato",     "turquoise",  "violet",    "wheat",     "white",
    "yellow",
};

const char *const SSB_TYPES_1[6] = {"STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO"};
const char *const SSB_TYPES_2[5] = {"ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED"};
const char *const SSB_TYPES_3[5] = {"TIN", "NICKEL", "BRASS", "STEEL", "COPPER"};
const char *const SSB_CONTAINERS_1[5] = {"SM", "LG", "MED", "JUMBO", "WRAP"};
const char *const SSB_CONTAINERS_2[8] = {"CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM"};

const char *const SSB_MONTHS[12] = {"January",   "February", "March",    "April",
                                    "May",       "June",     "July",     "August",
                                    "September", "October",  "November", "December"};
const char *const SSB_WEEKDAYS[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                     "Thursday", "Friday", "Saturday"};

const char *ssb_season_name(int32_t month) {
  if (month <= 3) return "Winter";
  if (month == 4) return "Spring";
  if (month <= 8) return "Summer";
  return month <= 10 ? "Fall" : "Christmas";
}
