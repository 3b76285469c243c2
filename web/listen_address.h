// ADDRESS:PORT, as --listen takes it.
#pragma once
#include "status.h"
#include <sys/socket.h>

typedef struct ListenAddress {
  struct sockaddr_storage socket;
  socklen_t socket_size;
  char text[80]; // as CivetWeb takes it
  char host[64]; // for the URL
} ListenAddress;

// STATUS_INVALID: what is wrong with the text.
Status listen_address_parse(const char *listen, ListenAddress *address, Error *error) WARN_UNUSED;
// Whether the port can be had, by binding it for a moment: CivetWeb would only say that no socket
// could be had. STATUS_BUSY: another program has it.
Status listen_address_try(const ListenAddress *address, const char *listen,
                          Error *error) WARN_UNUSED;
