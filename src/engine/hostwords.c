/* What is launched for a host, and what that runs there. */
#include "config/topofar.h"
#include "engine/hostparts.h"

#include <stdio.h>
#include <string.h>

/* Of the program that is here: its hash, the machine it is for, its version, the host, its size;
 * then the system, the host and this run. No single quote may stand in it, nor a newline. It runs
 * what it finds with that hash in the cache, or installed; on another kind of machine what is
 * installed of that version; else it asks for it. Hosts may share the cache: what is brought gets
 * its place only when it is whole, and until then has a name with the host in it, as a process of
 * another may have the same number. Other users may pass the folders that are made: actors may be
 * such. */
static const char launch_script[] =
    "h=%s; m=\"%s\"; v=\"actorsup %s\"; "
    "d=${XDG_CACHE_HOME:-$HOME/.cache}/actorsup/$h; p=$d/actorsup; "
    "same() { test -x \"$1\" && test \"$(sha256sum <\"$1\")\" = \"$h  -\"; }; "
    "fits() { test \"$(uname -s) $(uname -m)\" != \"$m\" && test -x \"$1\" && "
    "case \"$(\"$1\" --version 2>/dev/null)\" in \"$v (\"*) true;; *) false;; esac; }; "
    "if ! same \"$p\"; then "
    "b=$(command -v actorsup); b=${b%%/*}; i=; "
    "for f in \"$b/actorsup-far\" \"$b/../libexec/actorsup/actorsup-far\"; do "
    "if same \"$f\" || fits \"$f\"; then i=$f; fi; done; "
    "if test -n \"$i\"; then p=$i; else "
    "echo; echo \"@@actorsup-need@@ $(uname -s) $(uname -m)\"; "
    "t=$d/push.%s.$$; umask 066; mkdir -p \"$d\" && umask 077 && head -c %llu >\"$t\" && chmod 700 "
    "\"$t\" && "
    "same \"$t\" && mv \"$t\" \"$p\" || { rm -f \"$t\"; echo; "
    "echo \"@@actorsup-fail@@ what came to $d is not what was sent: is there room?\"; exit 1; }; "
    "ln -sf actorsup \"$d/actorsend\"; fi; fi; exec \"$p\" node %s %s %s";

int launch_write_script(const struct host *h, const char *hash, struct bytes *script)
{
    return bytes_printf(script, launch_script, hash, LAUNCH_OURS, PACKAGE_VERSION, h->conf->name,
                        (unsigned long long)h->launch.size, h->sys->topology->system, h->conf->name,
                        h->sys->run) < 0
               ? ERR_NOMEM
               : 0;
}

static void launch_word(struct launch_words *w, const char *word)
{
    if (w->n < LAUNCH_WORDS)
        w->argv[w->n++] = (char *)word;
    w->argv[w->n] = NULL;
}

/* As one word: the login shell there may be any, and all of them know single quotes. */
static int launch_quoted(struct launch_words *w, const char *script)
{
    if (bytes_printf(&w->command, "exec /bin/sh -c '%s'", script) < 0 ||
        bytes_cstr(&w->command) == NULL)
        return ERR_NOMEM;
    launch_word(w, bytes_cstr(&w->command));
    return 0;
}

/* The user's configuration counts; nothing is asked, nothing is forwarded, and no key is skipped.
 * One connection carries all, so none is shared: a master that hangs would hold up the next. */
static int launch_ssh(struct launch_words *w, const char *text, const char *script)
{
    static const char *const options[] = {
        "BatchMode=yes",           "ForwardAgent=no",       "ForwardX11=no",
        "ClearAllForwardings=yes", "PermitLocalCommand=no", "RequestTTY=no",
        "ControlMaster=no",        "ControlPath=none",      "ConnectTimeout=15",
        "ServerAliveInterval=5",   "ServerAliveCountMax=2"};
    static char joined[sizeof(options) / sizeof(options[0])][48];
    struct topo_login login;

    if (!topo_login_parse(text, &login))
        return ERR_INVALID;
    launch_word(w, "ssh");
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        (void)snprintf(joined[i], sizeof(joined[i]), "-o%s", options[i]);
        launch_word(w, joined[i]);
    }
    if (login.port != 0) {
        (void)snprintf(w->port, sizeof(w->port), "-p%u", login.port);
        launch_word(w, w->port);
    }
    (void)snprintf(w->login, sizeof(w->login), "%.*s%s%.*s", (int)login.user_len,
                   login.user == NULL ? "" : login.user, login.user == NULL ? "" : "@",
                   (int)login.host_len, login.host);
    launch_word(w, "--");
    launch_word(w, w->login);
    return launch_quoted(w, script);
}

/* What ssh is given it joins by spaces, and a shell there splits it again; so it does behind what
 * runs it. */
static bool launch_has_ssh(const struct topo_host *conf)
{
    for (size_t i = 0; i < conf->n_launch; i++) {
        const char *slash = strrchr(conf->launch[i], '/');
        if (strcmp(slash == NULL ? conf->launch[i] : slash + 1, "ssh") == 0)
            return true;
    }
    return false;
}

int launch_command(struct launch_words *w, const struct topo_host *conf, const char *script)
{
    if (conf->ssh != NULL)
        return launch_ssh(w, conf->ssh, script);
    if (conf->n_launch + 3 > LAUNCH_WORDS)
        return ERR_TOO_LARGE;
    for (size_t i = 0; i < conf->n_launch; i++)
        launch_word(w, conf->launch[i]);
    if (launch_has_ssh(conf))
        return launch_quoted(w, script);
    launch_word(w, "/bin/sh");
    launch_word(w, "-c");
    launch_word(w, script);
    return 0;
}
