// Rows as CSV text (RFC 4180, LF). The formatters write a whole line with its line feed at `out`,
// which must have SSB_UNIT_BYTES_MAX bytes, and return the end of what they wrote.
#pragma once
#include "ssb.h"

#define SSB_UNIT_BYTES_MAX 1200 // the longest unit: an order of seven lines, at most 149 bytes each

extern const char SSB_CUSTOMER_HEADER[], SSB_SUPPLIER_HEADER[], SSB_PART_HEADER[],
    SSB_DATE_HEADER[], SSB_LINEORDER_HEADER[];

char *ssb_customer_format(const SsbCustomer *customer, char *out);
char *ssb_supplier_format(const SsbSupplier *supplier, char *out);
char *ssb_part_format(const SsbPart *part, char *out);
char *ssb_date_format(const SsbDate *date, char *out);
char *ssb_order_format(const SsbSpec *spec, const SsbOrder *order, char *out); // line_count lines
