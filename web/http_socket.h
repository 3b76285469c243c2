// The sockets below the HTTP library, which shows none of them.
//
// The library names a connection by its addresses only. A connected TCP socket is the one of this
// process with those addresses, so it can be found among the open descriptors; while its thread
// answers a request nobody else closes it. Three things need it: noticing that a client has gone
// while its query computes, asking the query while a client is slow to read, and waking threads
// that sleep in poll when the server stops.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// The descriptor of the connection from that peer to that local port; -1: not found.
int http_socket_find(const char *peer_address, uint16_t peer_port, uint16_t local_port);
// Whether the peer has closed its side. A client that only shuts down its sending side looks the
// same, and counts as gone.
bool http_socket_peer_left(int descriptor);
// Whether there is room to write, waiting up to wait_ms for it. A broken connection has room: the
// write will tell.
bool http_socket_has_room(int descriptor, int wait_ms);
// Ends reading on the listening socket and all connections of a local port: threads that wait there
// wake and find the end; replies under way are still written.
void http_sockets_wake(uint16_t local_port);
