// The text of the rows (rows/csv_put.h). What all lines of an order share (key, customer, date,
// priority, total) is formatted once and copied.
#include "ssb_csv.h"
#include "csv_put.h"
#include "ssb_words.h"

const char SSB_CUSTOMER_HEADER[] =
    "c_custkey,c_name,c_address,c_city,c_nation,c_region,c_phone,c_mktsegment\n";
const char SSB_SUPPLIER_HEADER[] = "s_suppkey,s_name,s_address,s_city,s_nation,s_region,s_phone\n";
const char SSB_PART_HEADER[] =
    "p_partkey,p_name,p_mfgr,p_category,p_brand1,p_color,p_type,p_size,p_container\n";
const char SSB_DATE_HEADER[] =
    "d_datekey,d_date,d_dayofweek,d_month,d_year,d_yearmonthnum,d_yearmonth,d_daynuminweek,"
    "d_daynuminmonth,d_daynuminyear,d_monthnuminyear,d_weeknuminyear,d_sellingseason,"
    "d_lastdayinweekfl,d_lastdayinmonthfl,d_holidayfl,d_weekdayfl\n";
const char SSB_LINEORDER_HEADER[] =
    "lo_orderkey,lo_linenumber,lo_custkey,lo_partkey,lo_suppkey,lo_orderdate,lo_orderpriority,"
    "lo_shippriority,lo_quantity,lo_extendedprice,lo_ordtotalprice,lo_discount,lo_revenue,"
    "lo_supplycost,lo_tax,lo_commitdate,lo_shipmode\n";

// City, nation, region: the city is the first nine letters of its nation, padded, and a digit.
static char *put_place_fields(char *out, SsbPlace place) {
  const SsbNation *nation = &SSB_NATIONS[place.nation];
  size_t size = strnlen(nation->name, 9);
  memset(out, ' ', 9);
  memcpy(out, nation->name, size);
  out += 9;
  *out++ = (char)('0' + place.city);
  *out++ = ',';
  out = put_text_field(out, nation->name);
  return put_text_field(out, nation->region);
}

static char *line_end(char *out) {
  *out++ = '\n';
  return out;
}

char *ssb_customer_format(const SsbCustomer *customer, char *out) {
  out = put_number_field(out, customer->key);
  out = put_name_field(out, "Customer", customer->key);
  out = put_quoted_field(out, customer->address);
  out = put_place_fields(out, customer->place);
  out = put_text_field(out, customer->phone);
  return line_end(put_text(out, SSB_SEGMENTS[customer->segment]));
}

char *ssb_supplier_format(const SsbSupplier *supplier, char *out) {
  out = put_number_field(out, supplier->key);
  out = put_name_field(out, "Supplier", supplier->key);
  out = put_quoted_field(out, supplier->address);
  out = put_place_fields(out, supplier->place);
  return line_end(put_text(out, supplier->phone));
}

// MFGR#1, MFGR#12, MFGR#1240: a manufacturer, its category, its brand.
static char *put_brand_fields(char *out, const SsbPart *part) {
  out = put_number_field(put_text(out, "MFGR#"), part->mfgr);
  uint64_t category = part->mfgr * 10u + part->category;
  out = put_number_field(put_text(out, "MFGR#"), category);
  return put_number_field(put_number(put_text(out, "MFGR#"), category), part->brand);
}

static char *put_blank(char *out) {
  *out++ = ' ';
  return out;
}

char *ssb_part_format(const SsbPart *part, char *out) {
  out = put_number_field(out, part->key);
  out = put_blank(put_text(out, SSB_COLORS[part->name[0]]));
  out = put_text_field(out, SSB_COLORS[part->name[1]]);
  out = put_brand_fields(out, part);
  out = put_text_field(out, SSB_COLORS[part->color]);
  out = put_blank(put_text(out, SSB_TYPES_1[part->type[0]]));
  out = put_blank(put_text(out, SSB_TYPES_2[part->type[1]]));
  out = put_text_field(out, SSB_TYPES_3[part->type[2]]);
  out = put_number_field(out, part->size);
  out = put_blank(put_text(out, SSB_CONTAINERS_1[part->container[0]]));
  return line_end(put_text(out, SSB_CONTAINERS_2[part->container[1]]));
}

// "January 1, 1992"
static char *put_long_date_field(char *out, const SsbDate *date) {
  *out++ = '"';
  out = put_blank(put_text(out, SSB_MONTHS[date->month - 1]));
  out = put_text(put_number(out, (uint64_t)date->day), ", ");
  return put_text(put_number(out, (uint64_t)date->year), "\",");
}

char *ssb_date_format(const SsbDate *date, char *out) {
  const char *month = SSB_MONTHS[date->month - 1];
  out = put_number_field(out, date->key);
  out = put_long_date_field(out, date);
  out = put_text_field(out, SSB_WEEKDAYS[date->day_in_week - 1]);
  out = put_text_field(out, month);
  out = put_number_field(out, (uint64_t)date->year);
  out = put_number_field(out, date->key / 100);
  memcpy(out, month, 3); // Jan1992
  out = put_number_field(out + 3, (uint64_t)date->year);
  out = put_number_field(out, (uint64_t)date->day_in_week);
  out = put_number_field(out, (uint64_t)date->day);
  out = put_number_field(out, (uint64_t)date->day_in_year);
  out = put_number_field(out, (uint64_t)date->month);
  out = put_number_field(out, (uint64_t)date->week_in_year);
  out = put_text_field(out, ssb_season_name(date->month));
  out = put_number_field(out, date->last_in_week);
  out = put_number_field(out, date->last_in_month);
  out = put_number_field(out, date->holiday);
  return line_end(put_number(out, date->weekday));
}

// What all lines of an order share, formatted once.
typedef struct OrderText {
  char key[24], customer[16], middle[48], total[16]; // middle: date, priority, ship priority
  size_t key_size, customer_size, middle_size, total_size;
} OrderText;

static void order_text_init(const SsbSpec *spec, const SsbOrder *order, OrderText *text) {
  text->key_size = (size_t)(put_number_field(text->key, order->key) - text->key);
  text->customer_size =
      (size_t)(put_number_field(text->customer, order->customer_key) - text->customer);
  char *out = put_number_field(text->middle, spec->date_keys[order->day]);
  out = put_text_field(out, SSB_PRIORITIES[order->priority]);
  text->middle_size = (size_t)(put_number_field(out, 0) - text->middle);
  text->total_size = (size_t)(put_number_field(text->total, order->total_price) - text->total);
}

char *ssb_order_format(const SsbSpec *spec, const SsbOrder *order, char *out) {
  OrderText text;
  order_text_init(spec, order, &text);
  for (uint32_t i = 0; i < order->line_count; i++) {
    const SsbLine *line = &order->lines[i];
    out = put_bytes(out, text.key, text.key_size);
    out = put_number_field(out, i + 1);
    out = put_bytes(out, text.customer, text.customer_size);
    out = put_number_field(out, line->part_key);
    out = put_number_field(out, line->supplier_key);
    out = put_bytes(out, text.middle, text.middle_size);
    out = put_number_field(out, line->quantity);
    out = put_number_field(out, line->extended_price);
    out = put_bytes(out, text.total, text.total_size);
    out = put_number_field(out, line->discount);
    out = put_number_field(out, line->revenue);
    out = put_number_field(out, line->supply_cost);
    out = put_number_field(out, line->tax);
    out = put_number_field(out, line->commit_date);
    out = line_end(put_text(out, SSB_SHIPMODES[line->shipmode]));
  }
  return out;
}
