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

#define CARRIERTLS_NAME "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

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
static const char *carriertls_why(const struct passage *p, unsigned long code)
{
    switch (ERR_GET_REASON(code)) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
        return p->door->carrier == &carrier_dial
                   ? "it does not speak TLS: is PORT where the system listens for hosts?"
                   : "it does not speak TLS";
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        return p->door->carrier == &carrier_join
                   ? "it does not trust who signed the certificate (is its --ca the `ca` of the "
                     "file?)"
                   : "it does not trust who signed the certificate (is its ACTOR_TLS_CA the `ca` "
                     "of the file?)";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        return "the certificate has expired";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        return "it does not take the certificate: it has expired, is of another name, or signed by "
               "somebody else";
    default:
        return ERR_reason_error_string(code);
    }
}

/* A name that the other side shows, as far as it can be given for what it must prove. */
static const char *carriertls_shown(SSL *ssl, char *buf, size_t size)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl); /* there though it is not taken */
    X509 *own = sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : NULL;
    GENERAL_NAMES *all =
        own == NULL ? NULL : X509_get_ext_d2i(own, NID_subject_alt_name, NULL, NULL);

    *buf = '\0';
    for (int i = 0; all != NULL && *buf == '\0' && i < sk_GENERAL_NAME_num(all); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);
        int n = name->type == GEN_DNS ? ASN1_STRING_length(name->d.dNSName) : 0;
        if (n > 0 && (size_t)n < size)
            (void)snprintf(buf, size, "%.*s", n,
                           (const char *)ASN1_STRING_get0_data(name->d.dNSName));
        if (buf[strspn(buf, CARRIERTLS_NAME)] != '\0') /* it is the other side's to choose */
            *buf = '\0';
    }
    GENERAL_NAMES_free(all);
    return *buf != '\0' ? buf : "NAME";
}

/* Why the certificate of the other side is not taken, and what whoever joins has to do. */
static void carriertls_distrust(const struct passage *p, char *buf, size_t size)
{
    long error = SSL_get_verify_result(p->state);
    const char *why = X509_verify_cert_error_string(error);
    char name[64];

    if (error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH)
        (void)snprintf(buf, size,
                       "its certificate is of another name (%s): give the one in it by --server %s",
                       why, carriertls_shown(p->state, name, sizeof(name)));
    else if (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID)
        (void)snprintf(buf, size, "%s: the system needs a new one, or one of the clocks is wrong",
                       why);
    else
        (void)snprintf(buf, size,
                       "nobody in the file of --ca vouches for its certificate (%s): give the `ca` "
                       "of that system by --ca",
                       why);
}

/* 0: not now, and *wants says for what it waits; -1: it is over. */
static long carriertls_fault(struct passage *p, int rv, int *wants)
{
    SSL *ssl = p->state;
    int error = SSL_get_error(ssl, rv);
    unsigned long code = ERR_peek_error();
    const char *why = NULL;

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
        carriertls_distrust(p, p->why, sizeof(p->why));
    else
        why = carriertls_why(p, code);
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
