// See listen_address.h.
#include "listen_address.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static Status port_parse(const char *text, const char *listen, uint16_t *port, Error *error) {
  char *end;
  unsigned long value = strtoul(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end || value > 65535)
    return error_set(error, STATUS_INVALID,
                     "cannot listen on '%s': '%s' is not a port (0 to 65535)", listen, text);
  *port = (uint16_t)value;
  return STATUS_OK;
}

Status listen_address_parse(const char *listen, ListenAddress *address, Error *error) {
  const char *colon = strrchr(listen, ':');
  if (!colon)
    return error_set(error, STATUS_INVALID,
                     "cannot listen on '%s': expected ADDRESS:PORT, such as 127.0.0.1:8080",
                     listen);
  uint16_t port;
  TRY(port_parse(colon + 1, listen, &port, error));
  char host[64] = "0.0.0.0";
  if (colon > listen) snprintf(host, sizeof(host), "%.*s", (int)(colon - listen), listen);
  if (strcasecmp(host, "localhost") == 0) strcpy(host, "127.0.0.1");
  *address = (ListenAddress){0};
  struct sockaddr_in *v4 = (struct sockaddr_in *)&address->socket;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->socket;
  size_t size = strlen(host);
  if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address->socket_size = sizeof(*v4);
  } else if (host[0] == '[' && host[size - 1] == ']' &&
             (host[size - 1] = 0, inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1)) {
    host[size - 1] = ']';
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address->socket_size = sizeof(*v6);
  } else {
    return error_set(error, STATUS_INVALID,
                     "cannot listen on '%s': '%.*s' is not an IP address (or localhost)", listen,
                     (int)(colon - listen), listen);
  }
  snprintf(address->text, sizeof(address->text), "%s:%u", host, port);
  snprintf(address->host, sizeof(address->host), "%s",
           strcmp(host, "0.0.0.0") == 0 ? "127.0.0.1" : host);
  return STATUS_OK;
}

Status listen_address_try(const ListenAddress *address, const char *listen, Error *error) {
  int probe = socket(address->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int on = 1;
  if (probe >= 0) setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  int failed =
      probe < 0 ? -1 : bind(probe, (const struct sockaddr *)&address->socket, address->socket_size);
  if (failed == 0) failed = listen && *listen ? 0 : -1;
  int cause = errno;
  if (probe >= 0) close(probe);
  if (failed == 0) return STATUS_OK;
  if (cause == EADDRINUSE)
    return error_set(error, STATUS_BUSY,
                     "cannot listen on %s: another program uses that port; choose another with "
                     "--listen ADDRESS:PORT",
                     listen);
  return error_set(error, STATUS_IO, "cannot listen on %s: %s", listen, strerror(cause));
}
