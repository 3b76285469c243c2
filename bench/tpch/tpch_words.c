// Kept apart from the rules, since a list of words is read differently from code. The order of
// nations gives the country code of telephone numbers (10 + key). Words of texts have weights:
// frequent ones are what the queries look for.
#include "tpch_words.h"

const char *const TPCH_REGIONS[TPCH_REGION_COUNT] = {"AFRICA", "AMERICA", "ASIA", "EUROPE",
                                                     "MIDDLE EAST"};

const TpchNationName TPCH_NATIONS[TPCH_NATION_COUNT] = {
    {"ALGERIA", 0},      {"ARGENTINA", 1}, {"BRAZIL", 1}, {"CANADA", 1},
    {"EGYPT", 4},        {"ETHIOPIA", 0},  {"FRANCE", 3}, {"GERMANY", 3},
    {"INDIA", 2},        {"INDONESIA", 2}, {"IRAN", 4},   {"IRAQ", 4},
    {"JAPAN", 2},        {"JORDAN", 4},    {"KENYA", 0},  {"MOROCCO", 0},
    {"MOZAMBIQUE", 0},   {"PERU", 1},      {"CHINA", 2},  {"ROMANIA", 3},
    {"SAUDI ARABIA", 4}, {"VIETNAM", 2},   {"RUSSIA", 3}, {"UNITED KINGDOM", 3},
    {"UNITED STATES", 1}};

const char *const TPCH_COLORS[TPCH_COLOR_COUNT] = {
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
    "yellow"};

const char *const TPCH_SEGMENTS[5] = {"AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY",
                                      "HOUSEHOLD"};
const char *const TPCH_PRIORITIES[5] = {"1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED",
                                        "5-LOW"};
const char *const TPCH_INSTRUCTIONS[4] = {"DELIVER IN PERSON", "COLLECT COD", "NONE",
                                          "TAKE BACK RETURN"};
const char *const TPCH_MODES[7] = {"REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"};
const char *const TPCH_TYPES_1[6] = {"STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO"};
const char *const TPCH_TYPES_2[5] = {"ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED"};
const char *const TPCH_TYPES_3[5] = {"TIN", "NICKEL", "BRASS", "STEEL", "COPPER"};
const char *const TPCH_CONTAINERS_1[5] = {"SM", "LG", "MED", "JUMBO", "WRAP"};
const char *const TPCH_CONTAINERS_2[8] = {"CASE", "BOX",  "BAG", "JAR",
                                          "PKG",  "PACK", "CAN", "DRUM"};

const TpchWord TPCH_NOUNS[] = {{"packages", 40},      {"requests", 40},
                               {"accounts", 40},      {"deposits", 40},
                               {"foxes", 20},         {"ideas", 20},
                               {"theodolites", 20},   {"pinto beans", 20},
                               {"instructions", 20},  {"dependencies", 20},
                               {"excuses", 20},       {"platelets", 20},
                               {"asymptotes", 20},    {"courts", 5},
                               {"dolphins", 5},       {"multipliers", 5},
                               {"sauternes", 5},      {"warthogs", 5},
                               {"frets", 5},          {"dinos", 5},
                               {"attainments", 5},    {"somas", 5},
                               {"Tiresias", 5},       {"patterns", 5},
                               {"forges", 5},         {"braids", 5},
                               {"hockey players", 5}, {"frays", 5},
                               {"warhorses", 5},      {"dugouts", 5},
                               {"notornis", 5},       {"epitaphs", 5},
                               {"pearls", 5},         {"tithes", 5},
                               {"waters", 5},         {"orbits", 5},
                               {"gifts", 5},          {"sheaves", 5},
                               {"depths", 5},         {"sentiments", 5},
                               {"decoys", 5},         {"realms", 5},
                               {"pains", 5},          {"grouches", 5},
                               {"escapades", 5},      {0}};

const TpchWord TPCH_VERBS[] = {{"sleep", 20},
                               {"wake", 20},
                               {"are", 20},
                               {"cajole", 20},
                               {"haggle", 20},
                               {"nag", 20},
                               {"use", 10},
                               {"boost", 10},
                               {"affix", 10},
                               {"detect", 10},
                               {"integrate", 10},
                               {"maintain", 5},
                               {"nod", 5},
                               {"was", 5},
                               {"lose", 5},
                               {"sublate", 5},
                               {"solve", 5},
                               {"thrash", 5},
                               {"promise", 5},
                               {"engage", 5},
                               {"hinder", 5},
                               {"print", 5},
                               {"x-ray", 5},
                               {"breach", 5},
                               {"eat", 5},
                               {"grow", 5},
                               {"impress", 5},
                               {"mold", 5},
                               {"poach", 5},
                               {"serve", 5},
                               {"run", 5},
                               {"dazzle", 5},
                               {"snooze", 5},
                               {"doze", 5},
                               {"unwind", 5},
                               {"kindle", 5},
                               {"play", 5},
                               {"hang", 5},
                               {"believe", 5},
                               {"doubt", 5},
                               {0}};

const TpchWord TPCH_ADJECTIVES[] = {
    {"special", 20},  {"pending", 20}, {"unusual", 20},  {"express", 20},  {"furious", 20},
    {"sly", 20},      {"careful", 20}, {"blithe", 20},   {"quick", 20},    {"fluffy", 20},
    {"slow", 20},     {"quiet", 20},   {"ruthless", 20}, {"thin", 20},     {"close", 20},
    {"dogged", 20},   {"daring", 20},  {"brave", 20},    {"stealthy", 20}, {"permanent", 20},
    {"enticing", 20}, {"idle", 20},    {"busy", 20},     {"regular", 20},  {"final", 20},
    {"ironic", 20},   {"even", 20},    {"bold", 20},     {"silent", 20},   {0}};

const TpchWord TPCH_ADVERBS[] = {{"sometimes", 20},
                                 {"always", 20},
                                 {"never", 20},
                                 {"furiously", 20},
                                 {"slyly", 20},
                                 {"carefully", 20},
                                 {"blithely", 20},
                                 {"quickly", 20},
                                 {"fluffily", 20},
                                 {"slowly", 20},
                                 {"quietly", 20},
                                 {"ruthlessly", 20},
                                 {"thinly", 20},
                                 {"closely", 20},
                                 {"doggedly", 20},
                                 {"daringly", 20},
                                 {"bravely", 20},
                                 {"stealthily", 20},
                                 {"permanently", 20},
                                 {"enticingly", 20},
                                 {"idly", 20},
                                 {"busily", 20},
                                 {"regularly", 20},
                                 {"finally", 20},
                                 {"ironically", 20},
                                 {"evenly", 20},
                                 {"boldly", 20},
                                 {"silently", 20},
                                 {0}};

const TpchWord TPCH_PREPOSITIONS[] = {
    {"about", 20},   {"above", 20},       {"according to", 20}, {"across", 20},
    {"after", 20},   {"against", 20},     {"along", 20},        {"alongside of", 20},
    {"among", 20},   {"around", 20},      {"at", 20},           {"atop", 20},
    {"before", 20},  {"behind", 20},      {"beneath", 20},      {"beside", 20},
    {"besides", 20}, {"between", 20},     {"beyond", 20},       {"by", 20},
    {"despite", 20}, {"during", 20},      {"except", 20},       {"for", 20},
    {"from", 20},    {"in place of", 20}, {"inside", 20},       {"instead of", 20},
    {"into", 20},    {"near", 20},        {"of", 20},           {"on", 20},
    {"outside", 20}, {"over", 20},        {"past", 20},         {"since", 20},
    {"through", 20}, {"throughout", 20},  {"to", 20},           {"toward", 20},
    {"under", 20},   {"until", 20},       {"up", 20},           {"upon", 20},
    {"without", 20}, {"with", 20},        {"within", 20},       {0}};

const TpchWord TPCH_AUXILIARIES[] = {{"do", 10},
                                     {"may", 10},
                                     {"might", 10},
                                     {"shall", 10},
                                     {"will", 10},
                                     {"would", 10},
                                     {"can", 10},
                                     {"could", 10},
                                     {"should", 10},
                                     {"ought to", 10},
                                     {"must", 10},
                                     {"will have to", 10},
                                     {"shall have to", 10},
                                     {"could have to", 10},
                                     {"should have to", 10},
                                     {"must have to", 10},
                                     {"need to", 10},
                                     {"try to", 10},
                                     {0}};

const TpchWord TPCH_TERMINATORS[] = {{".", 50}, {";", 1},  {":", 1}, {"?", 1},
                                     {"!", 1},  {"--", 1}, {0}};
