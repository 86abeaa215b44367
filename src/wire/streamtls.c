/* TLS for an nng dialer: whom it trusts, and for which name, the environment says. */
#include "wire/nngparts.h"

#include <nng/supplemental/tls/tls.h>
#include <stdlib.h>

int stream_nng_trust(nng_stream_dialer *dialer, struct err *e)
{
    const char *ca = getenv("ACTOR_TLS_CA"), *name = getenv("ACTOR_TLS_NAME");
    nng_tls_config *config = NULL;
    int rv;

    if (ca == NULL || name == NULL)
        return err_set(e, ERR_INVALID,
                       "$%s is not set, without which nobody is trusted over TLS: was this started "
                       "by actorsup?",
                       ca == NULL ? "ACTOR_TLS_CA" : "ACTOR_TLS_NAME");
    rv = nng_tls_config_alloc(&config, NNG_TLS_MODE_CLIENT);
    if (rv == 0)
        rv = nng_tls_config_auth_mode(config, NNG_TLS_AUTH_MODE_REQUIRED);
    if (rv == 0)
        rv = nng_tls_config_version(config, NNG_TLS_1_2, NNG_TLS_1_3);
    if (rv == 0)
        rv = nng_tls_config_server_name(config, name);
    if (rv != 0) {
        if (config != NULL)
            nng_tls_config_free(config);
        return err_set(e, ERR_SYSTEM, "no TLS: %s", nng_strerror(rv));
    }
    rv = nng_tls_config_ca_file(config, ca);
    if (rv == 0)
        rv = nng_stream_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, config);
    nng_tls_config_free(config);
    if (rv != 0)
        return err_set(e, ERR_INVALID, "$ACTOR_TLS_CA: %s is no file of certificates: %s", ca,
                       nng_strerror(rv));
    return 0;
}
