/* The gate: a process of its own that listens where others than this user's processes can connect.
 *
 * What it takes from the network it copies to a socket that it hands to the supervisor, and back:
 * there an ordinary connection arrives, whose frames the supervisor reads itself. So whatever HTTP
 * or TLS can do to a program, it does to one that holds no mail, and that is started anew.
 *
 * Descriptor 0 is a socket of packets (io/packet.h) to the supervisor. It is told
 *     listen TRANSPORT PORT ADDRESS    port 0: any; one that is taken on the loopback: any
 *     tls CERT KEY              files; for connections from now on
 * and tells
 *     listens TRANSPORT PORT
 *     fails TRANSPORT WHY       it does not listen, or the certificate cannot be used
 * (TRANSPORT is tcp, ws or tls, for actors; or join, for hosts, by TLS)
 *     here TRANSPORT            with a descriptor: somebody has connected, and sent something
 *     says TRANSPORT TEXT       for the log
 * It ends when that socket does.
 *
 * With `dial HOST PORT CA NAME` it is the other end: descriptor 0 is a stream, which it carries
 * there and back by TLS, once the certificate has proved to be of NAME by CA.
 *
 * With `check CERT KEY CA NAME` it only judges these, for the reader of the file. */
#ifndef GATE_GATE_H
#define GATE_GATE_H

int gate_main(int argc, char **argv); /* the exit status */

#endif
