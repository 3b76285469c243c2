// See http_socket.h. Descriptors come from /proc/self/fd; what is no TCP socket is skipped.
#include "http_socket.h"
#include <dirent.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef int (*NameGetter)(int, struct sockaddr *, socklen_t *);

// The port of one end of a socket (0: not one of TCP/IP); its numeric address too where asked.
static uint16_t end_port(int descriptor, NameGetter get, char *address, size_t address_size) {
  struct sockaddr_storage name;
  socklen_t size = sizeof(name);
  if (get(descriptor, (struct sockaddr *)&name, &size) != 0) return 0;
  if (address && getnameinfo((struct sockaddr *)&name, size, address, (socklen_t)address_size, NULL,
                             0, NI_NUMERICHOST) != 0)
    return 0;
  if (name.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&name)->sin_port);
  if (name.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&name)->sin6_port);
  return 0;
}

// Calls visit for each open descriptor until it says true; that descriptor, or -1.
static int descriptors_search(bool (*visit)(int descriptor, const void *context),
                              const void *context) {
  DIR *folder = opendir("/proc/self/fd");
  int found = -1;
  if (!folder) return -1;
  for (struct dirent *entry; found < 0 && (entry = readdir(folder));) {
    int descriptor = atoi(entry->d_name);
    if (entry->d_name[0] != '.' && descriptor != dirfd(folder) && visit(descriptor, context))
      found = descriptor;
  }
  closedir(folder);
  return found;
}

typedef struct Ends {
  const char *peer_address;
  uint16_t peer_port, local_port;
} Ends;

static bool ends_match(int descriptor, const void *context) {
  const Ends *ends = context;
  char address[64];
  return end_port(descriptor, getpeername, NULL, 0) == ends->peer_port &&
         end_port(descriptor, getsockname, NULL, 0) == ends->local_port &&
         end_port(descriptor, getpeername, address, sizeof(address)) &&
         strcmp(address, ends->peer_address) == 0;
}

int http_socket_find(const char *peer_address, uint16_t peer_port, uint16_t local_port) {
  Ends ends = {peer_address, peer_port, local_port};
  return descriptors_search(ends_match, &ends);
}

bool http_socket_peer_left(int descriptor) {
  struct pollfd watched = {.fd = descriptor, .events = POLLRDHUP};
  return poll(&watched, 1, 0) == 1 && (watched.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

bool http_socket_has_room(int descriptor, int wait_ms) {
  struct pollfd watched = {.fd = descriptor, .events = POLLOUT};
  return poll(&watched, 1, wait_ms) != 0;
}

static bool local_wake(int descriptor, const void *context) {
  if (end_port(descriptor, getsockname, NULL, 0) == *(const uint16_t *)context)
    shutdown(descriptor, SHUT_RD);
  return false;
}

void http_sockets_wake(uint16_t local_port) {
  descriptors_search(local_wake, &local_port);
}
