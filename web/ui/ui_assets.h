/*
 * The pages, compiled in: every file of the built web/ui, gzip'ed, in order of path.
 *
 * The server sends `gzip` as it is with "Content-Encoding: gzip" (every browser accepts it), `mime`
 * as Content-Type and `etag` (quotes included) as ETag. "/" is "/index.html". Files under
 * "/assets/" carry a hash of their content in the name and never change: they may be cached for
 * good; all others must be revalidated. The bytes live as long as the program; the array is never
 * empty.
 */
#ifndef UI_ASSETS_H
#define UI_ASSETS_H

#include <stddef.h>

typedef struct UiAsset {
  const char *path; /* absolute, as in a request: "/assets/index-1a2b3c4d.js" */
  const char *mime; /* with charset for texts: "text/html; charset=utf-8" */
  const char *etag; /* "\"...\"", of the uncompressed content */
  const unsigned char *gzip;
  size_t gzip_size; /* bytes of `gzip` */
} UiAsset;

extern const UiAsset ui_assets[];
extern const size_t ui_asset_count;

#endif
