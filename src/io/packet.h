/* Words in one datagram between two processes of ours, and a descriptor beside them. The sockets
 * are a pair of SOCK_SEQPACKET. */
#ifndef IO_PACKET_H
#define IO_PACKET_H

#include <stddef.h>

enum { PACKET_MAX = 16384, PACKET_WORDS = 8 };

struct packet {
    char text[PACKET_MAX + 1];
    char *words[PACKET_WORDS + 1]; /* into text; ends with NULL */
    size_t n;
    int fd; /* the receiver's to close, or to take and set to -1; -1: none came */
};

/* words ends with NULL; fd (-1: none) stays the caller's. Waits only when the socket does. 0,
 * ERR_AGAIN, ERR_CLOSED, ERR_TOO_LARGE or ERR_SYSTEM. */
int packet_send(int sock, const char *const *words, int fd);
/* Does not wait. 0, ERR_AGAIN, ERR_CLOSED (the other end is gone) or ERR_SYSTEM. What is more than
 * fits is cut. */
int packet_receive(int sock, struct packet *p);

#endif
