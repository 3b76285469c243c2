// The pages, out of the binary: already compressed, with their ETags; expanded for the rare client
// that does not accept gzip.
//
// A path of one segment without an extension that is no file is a page ("/sql"): it gets
// index.html, and the script there reads the path. One segment, for index.html names its files
// relatively, so that the pages work below any folder of a proxy; from a deeper path they would not
// be found.
#include "api.h"
#include "ui_assets.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

#define CACHE_FOR_EVER "public, max-age=31536000, immutable"
#define CACHE_REVALIDATE "no-cache"

static const UiAsset *asset_find(const char *path) {
  for (size_t i = 0; i < ui_asset_count; i++)
    if (strcmp(ui_assets[i].path, path) == 0) return &ui_assets[i];
  return NULL;
}

static const UiAsset *asset_of_path(const char *path) {
  const UiAsset *asset = asset_find(path);
  if (asset) return asset;
  return strpbrk(path + 1, "/.") ? NULL : asset_find("/index.html");
}

// Whether If-None-Match ("*", or a list of tags, maybe weak ones) names the tag.
static bool tag_matches(const char *asked, const char *etag) {
  return asked && (strcmp(asked, "*") == 0 || strstr(asked, etag) != NULL);
}

// Whether an Accept-Encoding header allows gzip: named, or "*", and not with the weight 0.
static bool gzip_is_accepted(const char *accept) {
  while (accept && *accept) {
    accept += strspn(accept, " \t,");
    size_t size = strcspn(accept, ","), name = strcspn(accept, " \t;,");
    bool named =
        (name == 4 && strncasecmp(accept, "gzip", 4) == 0) || (name == 1 && *accept == '*');
    const char *weight = memmem(accept, size, "q=", 2);
    if (named) return !weight || strtod(weight + 2, NULL) > 0;
    accept += size;
  }
  return false;
}

// The size before compression stands in a gzip file's last four bytes.
static uint32_t asset_plain_size(const UiAsset *asset) {
  const unsigned char *end = asset->gzip + asset->gzip_size - 4;
  return end[0] | (uint32_t)end[1] << 8 | (uint32_t)end[2] << 16 | (uint32_t)end[3] << 24;
}

static Status asset_expand(const UiAsset *asset, Buffer *out, Error *error) {
  uint32_t size = asset_plain_size(asset);
  buffer_reserve(out, size + 1);
  z_stream stream = {.next_in = (unsigned char *)asset->gzip,
                     .avail_in = (uInt)asset->gzip_size,
                     .next_out = (unsigned char *)out->data,
                     .avail_out = size};
  int code = inflateInit2(&stream, 15 + 16);
  if (code == Z_OK) {
    code = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
  }
  if (code != Z_STREAM_END)
    return error_set(error, STATUS_CORRUPT, "the page %s cannot be expanded", asset->path);
  out->size = size;
  out->data[size] = 0;
  return STATUS_OK;
}

Status api_assets(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                  Error *error) {
  (void)api;
  const UiAsset *asset = asset_of_path(request->path);
  if (!asset) return error_set(error, STATUS_NOT_FOUND, "there is no page %.200s", request->path);
  reply->mime = asset->mime;
  bool gzip = gzip_is_accepted(request->accept_encoding);
  if (gzip) reply->encoding = "gzip";
  reply->vary_encoding = true;
  reply->cache = strncmp(asset->path, "/assets/", 8) == 0 ? CACHE_FOR_EVER : CACHE_REVALIDATE;
  int tag_size = (int)strlen(asset->etag) - 1; // without the closing quote
  snprintf(reply->etag, sizeof(reply->etag), "%.*s%s\"", tag_size, asset->etag,
           gzip ? "" : "-plain");
  if (tag_matches(request->if_none_match, reply->etag))
    reply->code = 304;
  else if (!gzip)
    return asset_expand(asset, &reply->body, error);
  else
    reply->body_static = (Str){(const char *)asset->gzip, (uint32_t)asset->gzip_size};
  return STATUS_OK;
}
