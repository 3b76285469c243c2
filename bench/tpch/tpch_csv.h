// Rows as CSV text (RFC 4180, LF). The formatters write a whole line with its line feed at `out`,
// which must have TPCH_UNIT_BYTES_MAX bytes, and return the end of what they wrote.
#pragma once
#include "tpch.h"

#define TPCH_UNIT_BYTES_MAX 2048 // the longest unit: the lines of an order, at most 220 bytes each

extern const char TPCH_REGION_HEADER[], TPCH_NATION_HEADER[], TPCH_SUPPLIER_HEADER[],
    TPCH_PART_HEADER[], TPCH_PARTSUPP_HEADER[], TPCH_CUSTOMER_HEADER[], TPCH_ORDERS_HEADER[],
    TPCH_LINEITEM_HEADER[];

char *tpch_region_format(const TpchNation *region, char *out);
char *tpch_nation_format(const TpchNation *nation, char *out);
char *tpch_supplier_format(const TpchSupplier *supplier, char *out);
char *tpch_part_format(const TpchPart *part, char *out);
char *tpch_part_supplier_format(const TpchPartSupplier *made, char *out);
char *tpch_customer_format(const TpchCustomer *customer, char *out);
char *tpch_order_format(const TpchOrder *order, char *out);
char *tpch_lines_format(const TpchOrder *order, char *out); // line_count lines
