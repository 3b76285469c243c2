// Display width by ranges of code points, condensed from Unicode's EastAsianWidth and general
// categories: enough for aligned tables, small enough to read.
#include "text_width.h"

typedef struct WidthRange {
  uint32_t first, last;
  uint8_t width;
} WidthRange;

// In ascending order; everything else takes one column.
static const WidthRange ranges[] = {
    {0x0000, 0x001F, 0},   {0x007F, 0x009F, 0},   {0x0300, 0x036F, 0},   {0x0483, 0x0489, 0},
    {0x0591, 0x05BD, 0},   {0x0610, 0x061A, 0},   {0x064B, 0x065F, 0},   {0x1100, 0x115F, 2},
    {0x1AB0, 0x1AFF, 0},   {0x1DC0, 0x1DFF, 0},   {0x200B, 0x200F, 0},   {0x2028, 0x202E, 0},
    {0x20D0, 0x20FF, 0},   {0x2E80, 0x303E, 2},   {0x3041, 0xA4CF, 2},   {0xAC00, 0xD7A3, 2},
    {0xF900, 0xFAFF, 2},   {0xFE00, 0xFE0F, 0},   {0xFE20, 0xFE2F, 0},   {0xFE30, 0xFE6F, 2},
    {0xFF00, 0xFF60, 2},   {0xFFE0, 0xFFE6, 2},   {0x1F300, 0x1F64F, 2}, {0x1F680, 0x1F6FF, 2},
    {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2},
};

static uint32_t code_point_width(uint32_t c) {
  if (c >= 0x20 && c < 0x7F) return 1;
  for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]) && ranges[i].first <= c; i++)
    if (c <= ranges[i].last) return ranges[i].width;
  return 1;
}

uint32_t text_width(Str text) {
  uint32_t width = 0;
  const char *at = text.data, *end = text.data + text.size;
  while (at < end) width += code_point_width(utf8_decode(&at));
  return width;
}
