// The pages, out of the binary: already compressed, with their ETags.
//
// A path without an extension that is no file is a place within the pages ("/overview"): it gets
// index.html, and the page reads the path.
#include "api.h"
#include "ui_assets.h"
#include <stdio.h>

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
  const char *name = strrchr(path, '/');
  return name && !strchr(name, '.') ? asset_find("/index.html") : NULL;
}

// Whether If-None-Match ("*", or a list of tags, maybe weak ones) names the tag.
static bool tag_matches(const char *asked, const char *etag) {
  return asked && (strcmp(asked, "*") == 0 || strstr(asked, etag) != NULL);
}

Status api_assets(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                  Error *error) {
  (void)api;
  const UiAsset *asset = asset_of_path(request->path);
  if (!asset) return error_set(error, STATUS_NOT_FOUND, "there is no page %.200s", request->path);
  reply->mime = asset->mime;
  reply->encoding = "gzip";
  reply->vary_encoding = true;
  reply->cache = strncmp(asset->path, "/assets/", 8) == 0 ? CACHE_FOR_EVER : CACHE_REVALIDATE;
  snprintf(reply->etag, sizeof(reply->etag), "%s", asset->etag);
  if (tag_matches(request->if_none_match, asset->etag))
    reply->code = 304;
  else
    reply->body_static = (Str){(const char *)asset->gzip, (uint32_t)asset->gzip_size};
  return STATUS_OK;
}
