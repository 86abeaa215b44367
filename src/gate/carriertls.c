/* tls: the bytes within TLS. */
#include "base/err.h"
#include "gate/gateparts.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static int carriertls_begin(struct passage *p)
{
    SSL *ssl = SSL_new(p->door->gate->tls);

    if (ssl == NULL || SSL_set_fd(ssl, p->net) != 1) {
        SSL_free(ssl);
        ERR_clear_error();
        return ERR_NOMEM;
    }
    SSL_set_accept_state(ssl);
    p->state = ssl;
    return 0;
}

/* What the other side has to do with it, in words; NULL: it has merely gone. */
static const char *carriertls_why(unsigned long code)
{
    switch (ERR_GET_REASON(code)) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        return "it does not speak TLS";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        return "it does not trust who signed the certificate (is its ACTOR_TLS_CA the `ca` of the "
               "file?)";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        return "the certificate has expired";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        return "it does not take the certificate: it has expired, is of another name, or signed by "
               "somebody else";
    default:
        return ERR_reason_error_string(code);
    }
}

/* 0: not now, and *wants says for what it waits; -1: it is over. */
static long carriertls_fault(struct passage *p, int rv, int *wants)
{
    SSL *ssl = p->state;
    int error = SSL_get_error(ssl, rv);
    unsigned long code = ERR_peek_error();
    const char *why;

    ERR_clear_error();
    switch (error) {
    case SSL_ERROR_WANT_READ:
        *wants = LOOP_IN;
        return 0;
    case SSL_ERROR_WANT_WRITE:
        *wants = LOOP_OUT;
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        return -1;
    default:
        break;
    }
    p->failed = true;
    /* An end without a word is no fault: BYE tells that it is all. */
    if (error == SSL_ERROR_SYSCALL || ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        why = p->own < 0 && !p->own_ended && BIO_number_read(SSL_get_rbio(ssl)) > 0
                  ? "it has gone in the middle of the handshake: it may not take the certificate"
                  : NULL;
    else if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        why = X509_verify_cert_error_string(SSL_get_verify_result(ssl));
    else
        why = carriertls_why(code);
    if (why != NULL)
        (void)snprintf(p->why, sizeof(p->why), "%s", why);
    return -1;
}

static long carriertls_read(struct passage *p, void *buf, size_t size)
{
    int n;

    p->read_wants = LOOP_IN;
    ERR_clear_error();
    n = SSL_read(p->state, buf, size < INT_MAX ? (int)size : INT_MAX);
    return n > 0 ? n : carriertls_fault(p, n, &p->read_wants);
}

static long carriertls_write(struct passage *p, const void *data, size_t len)
{
    int n;

    if (p->failed)
        return -1;
    p->write_wants = LOOP_OUT;
    ERR_clear_error();
    n = SSL_write(p->state, data, len < INT_MAX ? (int)len : INT_MAX);
    return n > 0 ? n : carriertls_fault(p, n, &p->write_wants);
}

/* What SSL_write has taken is sent, or is given to it again. */
static bool carriertls_flush(struct passage *p)
{
    (void)p;
    return true;
}

static void carriertls_finish(struct passage *p)
{
    ERR_clear_error();
    if (!p->failed)
        (void)SSL_shutdown(p->state);
    ERR_clear_error();
    (void)shutdown(p->net, SHUT_WR);
}

static void carriertls_end(struct passage *p)
{
    SSL_free(p->state);
}

/* The other way round: we connect, and the other side has to prove who it is. */
static int carriertls_dial(struct passage *p)
{
    struct gate *g = p->door->gate;

    if (carriertls_begin(p) != 0)
        return ERR_NOMEM;
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(p->state), g->dials) != 1 &&
        (SSL_set1_host(p->state, g->dials) != 1 ||
         SSL_set_tlsext_host_name(p->state, g->dials) != 1))
        return ERR_NOMEM;
    ERR_clear_error();
    SSL_set_verify(p->state, SSL_VERIFY_PEER, NULL);
    SSL_set_connect_state(p->state);
    return 0;
}

/* The same bytes for actors, for hosts that join, and from those. */
#define CARRIERTLS(transport_, begin_)                                                     \
    {                                                                                      \
        .transport = (transport_), .begin = (begin_), .read = carriertls_read,             \
        .write = carriertls_write, .flush = carriertls_flush, .finish = carriertls_finish, \
        .end = carriertls_end                                                              \
    }

const struct carrier carrier_tls = CARRIERTLS("tls", carriertls_begin);
const struct carrier carrier_join = CARRIERTLS("join", carriertls_begin);
const struct carrier carrier_dial = CARRIERTLS("dial", carriertls_dial);
