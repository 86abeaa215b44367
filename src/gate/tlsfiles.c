#include "gate/tlsfiles.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The reason of the last failure in OpenSSL, in its words. */
static const char *tlsfiles_reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = ERR_reason_error_string(code);

    ERR_clear_error();
    return text != NULL ? text : "it cannot be read";
}

static SSL_CTX *tlsfiles_new(const SSL_METHOD *side, struct err *e)
{
    SSL_CTX *ctx = SSL_CTX_new(side);

    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
        SSL_CTX_free(ctx);
        (void)err_set(e, ERR_SYSTEM, "no TLS: %s", tlsfiles_reason());
        return NULL;
    }
    (void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    (void)SSL_CTX_set_num_tickets(ctx, 0);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return ctx;
}

/* A passphrase cannot be asked for. */
static int tlsfiles_no_passphrase(char *buf, int size, int writes, void *arg)
{
    (void)buf;
    (void)size;
    (void)writes;
    (void)arg;
    return 0;
}

static enum tlsfiles_which tlsfiles_use(SSL_CTX *ctx, const char *cert, const char *key,
                                        struct err *e)
{
    SSL_CTX_set_default_passwd_cb(ctx, tlsfiles_no_passphrase);
    if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1) {
        (void)err_set(e, ERR_INVALID, "%s is not a certificate in PEM: %s", cert,
                      tlsfiles_reason());
        return TLSFILES_CERT;
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1)
        return TLSFILES_NONE;
    unsigned long code = ERR_peek_last_error();
    if (ERR_GET_LIB(code) == ERR_LIB_X509)
        (void)err_set(e, ERR_INVALID, "%s is not the key of the certificate %s", key, cert);
    else
        (void)err_set(e, ERR_INVALID, "%s is not a private key in PEM without a passphrase: %s",
                      key, tlsfiles_reason());
    ERR_clear_error();
    return TLSFILES_KEY;
}

SSL_CTX *tlsfiles_load(const char *cert, const char *key, struct err *e)
{
    SSL_CTX *ctx = tlsfiles_new(TLS_server_method(), e);

    if (ctx != NULL && tlsfiles_use(ctx, cert, key, e) != TLSFILES_NONE) {
        SSL_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

SSL_CTX *tlsfiles_client(const char *ca, struct err *e)
{
    SSL_CTX *ctx = tlsfiles_new(TLS_client_method(), e);

    if (ctx != NULL && SSL_CTX_load_verify_locations(ctx, ca, NULL) != 1) {
        (void)err_set(e, ERR_INVALID, "%s has no certificates in PEM: %s", ca, tlsfiles_reason());
        SSL_CTX_free(ctx);
        ctx = NULL;
    }
    return ctx;
}

/* What is wrong with the certificate, as a client finds that trusts `store` alone. */
static enum tlsfiles_which tlsfiles_verify(SSL_CTX *ctx, X509_STORE *store, const char *cert,
                                           const char *ca, const char *name, struct err *e)
{
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    STACK_OF(X509) *chain = NULL;
    enum tlsfiles_which which = TLSFILES_CERT;
    X509 *own = SSL_CTX_get0_certificate(ctx);

    (void)SSL_CTX_get0_chain_certs(ctx, &chain);
    if (check == NULL || X509_STORE_CTX_init(check, store, own, chain) != 1 ||
        X509_STORE_CTX_set_default(check, "ssl_server") != 1) {
        (void)err_set(e, ERR_NOMEM, "out of memory");
    } else if (X509_verify_cert(check) != 1) {
        int error = X509_STORE_CTX_get_error(check);
        bool other = X509_STORE_CTX_get_error_depth(check) > 0 ||
                     error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
                     error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
        (void)err_set(e, ERR_INVALID, "%s does not vouch for the certificate %s: %s", ca, cert,
                      X509_verify_cert_error_string(error));
        which = other ? TLSFILES_CA : TLSFILES_CERT;
    } else if (X509_check_host(own, name, strlen(name), 0, NULL) != 1) {
        (void)err_set(
            e, ERR_INVALID,
            "the certificate %s is not one of `%s`, which clients will look for: make one "
            "with that name, or say another as `name`",
            cert, name);
    } else {
        which = TLSFILES_NONE;
    }
    X509_STORE_CTX_free(check);
    return which;
}

enum tlsfiles_which tlsfiles_check(const char *cert, const char *key, const char *ca,
                                   const char *name, struct err *e)
{
    SSL_CTX *ctx = tlsfiles_new(TLS_server_method(), e);
    X509_STORE *store = X509_STORE_new();
    enum tlsfiles_which which = TLSFILES_CERT;

    if (ctx == NULL || store == NULL)
        goto out;
    if ((which = tlsfiles_use(ctx, cert, key, e)) != TLSFILES_NONE)
        goto out;
    if (X509_STORE_load_locations(store, ca, NULL) != 1) {
        which = TLSFILES_CA;
        (void)err_set(e, ERR_INVALID, "%s has no certificates in PEM: %s", ca, tlsfiles_reason());
        goto out;
    }
    which = tlsfiles_verify(ctx, store, cert, ca, name, e);
out:
    X509_STORE_free(store);
    SSL_CTX_free(ctx);
    return which;
}
