/* The certificate that the gate shows, and whether clients of ours will take it. */
#ifndef GATE_TLSFILES_H
#define GATE_TLSFILES_H

#include "base/err.h"

#include <openssl/ssl.h>

/* Reads certificate (with what leads to its authority) and key for a server. NULL with e. */
SSL_CTX *tlsfiles_load(const char *cert, const char *key, struct err *e);

/* For a client that trusts `ca` alone. NULL with e. */
SSL_CTX *tlsfiles_client(const char *ca, struct err *e);

enum tlsfiles_which { TLSFILES_NONE, TLSFILES_CERT, TLSFILES_KEY, TLSFILES_CA };

/* Do they belong together, does the authority in `ca` vouch for the certificate, is it of this name
 * and of now? TLSFILES_NONE, or which of them is at fault, with e. */
enum tlsfiles_which tlsfiles_check(const char *cert, const char *key, const char *ca,
                                   const char *name, struct err *e);

#endif
