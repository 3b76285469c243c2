// Comparing names: case does not matter, the port does not matter for Host and does for Origin.
#include "host_check.h"
#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char *const loopback_names[] = {"localhost", "127.0.0.1", "[::1]"};

// Length of the name in "name[:port]"; 0 when it is malformed.
static size_t name_length(const char *host) {
  size_t size = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
  if (size > strlen(host)) return 0;
  const char *port = host + size;
  if (!*port) return size;
  if (*port++ != ':') return 0;
  for (; *port; port++)
    if (!isdigit((unsigned char)*port)) return 0;
  return size;
}

static bool name_equals(const char *name, const char *host, size_t size) {
  return strlen(name) == size && strncasecmp(name, host, size) == 0;
}

bool host_is_ours(const HostCheck *check, const char *host) {
  size_t size = host ? name_length(host) : 0;
  if (!size) return false;
  for (size_t i = 0; i < sizeof(loopback_names) / sizeof(loopback_names[0]); i++)
    if (name_equals(loopback_names[i], host, size)) return true;
  for (uint32_t i = 0; i < check->name_count; i++)
    if (name_equals(check->names[i], host, size)) return true;
  return false;
}

bool origin_is_ours(const char *origin, const char *host) {
  if (!origin) return true;
  if (!host) return false;
  size_t scheme = strncasecmp(origin, "http://", 7) == 0    ? 7
                  : strncasecmp(origin, "https://", 8) == 0 ? 8
                                                            : 0;
  return scheme && strcasecmp(origin + scheme, host) == 0;
}
