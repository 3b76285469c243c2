// Who a request says it talks to, and on whose behalf: the guard of a server without log-in.
//
// A page of any site may make a browser send requests to 127.0.0.1 (cross-site requests), or name
// that address as its own host (DNS rebinding). So Host must be a name that the operator knows, and
// Origin, when a browser sends it, must be that same host.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define HOST_NAMES_MAX 40

typedef struct HostCheck {
  const char *names[HOST_NAMES_MAX]; // besides localhost, 127.0.0.1, [::1]; without port
  uint32_t name_count;
} HostCheck;

// Whether the Host header ("name[:port]", "[v6][:port]") names this server. NULL does not.
bool host_is_ours(const HostCheck *check, const char *host);
// Whether Origin ("http://host[:port]") is absent (NULL) or equals "http://" or "https://" and
// Host.
bool origin_is_ours(const char *origin, const char *host);
