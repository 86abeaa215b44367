#include "cmd/joincall.h"

#include "base/libexec.h"
#include "cmd/cmd.h"
#include "cmd/ctl.h"
#include "cmd/link.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOINCALL_IPC "ipc://"
#define JOINCALL_TLS "tls+tcp://"

enum {
    JOINCALL_MS = 20000,
    JOINCALL_TOKEN = 1024,
    JOINCALL_BAD_FILES = 2, /* the status of what carries it */
};

static const char *joincall_after(const char *url, const char *scheme)
{
    size_t n = strlen(scheme);
    return strncmp(url, scheme, n) == 0 ? url + n : NULL;
}

static bool joincall_is_port(const char *text)
{
    size_t n = strspn(text, "0123456789");
    long port = n > 5 ? 0 : strtol(text, NULL, 10);
    return text[n] == '\0' && port > 0 && port <= 65535;
}

/* HOST:PORT, or [ADDRESS]:PORT. False: it is none. */
static bool joincall_split(const char *text, char *host, size_t size, const char **port)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || !joincall_is_port(colon + 1))
        return false;
    bool brackets = *text == '[' && colon[-1] == ']';
    (void)snprintf(host, size, "%.*s", (int)(colon - text) - (brackets ? 2 : 0), text + brackets);
    *port = colon + 1;
    return *host != '\0' && *host != '-';
}

int joincall_check(const struct join_call *c, struct err *e)
{
    const char *path = joincall_after(c->url, JOINCALL_IPC), *port;
    const char *place = joincall_after(c->url, JOINCALL_TLS);
    char host[256];
    bool local = path != NULL && *path == '/';
    if (!local && (place == NULL || !joincall_split(place, host, sizeof host, &port)))
        return err_set(e, ERR_INVALID, "\"%s\" is neither tls+tcp://HOST:PORT nor ipc:///PATH",
                       c->url);
    if (!local && (c->ca == NULL || c->token == NULL))
        return err_set(e, ERR_INVALID,
                       "over the network it takes --ca FILE, who has signed the certificate of the "
                       "system, and --token FILE");
    const char *const files[] = {c->ca, c->token}, *const options[] = {"--ca", "--token"};
    for (size_t i = 0; i < 2; i++)
        if (files[i] != NULL && access(files[i], R_OK) != 0)
            return err_set(e, ERR_INVALID, "%s: %s: %s", options[i], files[i], strerror(errno));
    return 0;
}

static int joincall_unix(const char *path, struct err *e)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int n = snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    if (n < 0 || (size_t)n >= sizeof a.sun_path) {
        (void)err_set(e, ERR_DENIED, "%s: the path is too long for a socket", path);
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    (void)err_errno(e, "%s", path);
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* A process that carries what is said on our end there by TLS, as nothing of TLS is in this one. */
static int joincall_tls(const struct join_call *c, struct joined *out, struct err *e)
{
    char program[PATH_MAX], host[256];
    const char *port = NULL;
    int pair[2], said[2];
    const char *name = c->server != NULL ? c->server : host;
    (void)joincall_split(joincall_after(c->url, JOINCALL_TLS), host, sizeof host, &port);
    if (libexec_find(LIBEXEC_GATE, program, sizeof program) != 0)
        return err_set(e, ERR_DENIED, "%s is not there: install actorsup again", program);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return err_errno(e, "no socket");
    if (pipe2(said, O_CLOEXEC | O_NONBLOCK) != 0) {
        (void)close(pair[0]);
        (void)close(pair[1]);
        return err_errno(e, "no pipe");
    }
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(pair[1], STDIN_FILENO) >= 0 && dup2(said[1], STDERR_FILENO) >= 0)
            (void)execl(program, program, "dial", host, port, c->ca, name, (char *)NULL);
        _exit(127);
    }
    (void)close(pair[1]);
    (void)close(said[1]);
    if (pid < 0) {
        (void)close(pair[0]);
        (void)close(said[0]);
        return err_errno(e, "no process");
    }
    out->dials = pid;
    out->said = said[0];
    out->fd = pair[0];
    return 0;
}

/* What the file has, without the newline behind it. */
static int joincall_token(const char *path, char *buf, size_t size, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);
    if (fd >= 0)
        (void)close(fd);
    if (n < 0)
        return err_errno(e, "%s", path);
    buf[n] = '\0';
    buf[strcspn(buf, "\r\n")] = '\0';
    return 0;
}

static int joincall_ask(const struct join_call *c, struct joined *out, struct err *e)
{
    struct ctl *ctl = NULL;
    json_t *answer = NULL;
    char token[JOINCALL_TOKEN] = "";
    int rc = c->token == NULL ? 0 : joincall_token(c->token, token, sizeof token, e);
    if (rc == 0)
        rc = ctl_over(out->fd, JOINCALL_MS, &ctl, e);
    if (rc != 0)
        return rc;
    json_t *request = ctl_request("host_join", NULL);
    json_object_set_new(request, "name", json_string(c->name));
    if (c->token != NULL)
        json_object_set_new(request, "token", json_string(token));
    json_object_set(request, "capabilities", c->capabilities);
    json_object_set_new(request, "again", json_boolean(c->again));
    rc = ctl_call(ctl, request, JOINCALL_MS, &answer, e);
    ctl_close(ctl);
    if (rc == 0) {
        (void)snprintf(out->system, sizeof out->system, "%s", ctl_text(answer, "system"));
        (void)snprintf(out->host, sizeof out->host, "%s", ctl_text(answer, "host"));
    }
    json_decref(answer);
    return rc;
}

bool joincall_words(const struct joined *j, char *buf, size_t size)
{
    static const char ours[] = "actorsup: ";
    char text[ERR_TEXT_MAX];
    ssize_t n = j->dials > 0 ? read(j->said, text, sizeof text - 1) : 0;
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    bool known = strncmp(text, ours, sizeof ours - 1) == 0;
    (void)snprintf(buf, size, "%s", text + (known ? sizeof ours - 1 : 0));
    return *buf != '\0';
}

/* The process that was to carry it has ended: it knows why. */
static int joincall_undialled(struct joined *out, int rc, struct err *e)
{
    char text[ERR_TEXT_MAX];
    if (!joincall_words(out, text, sizeof text))
        return rc;
    return err_set(e, joincall_end(out) == JOINCALL_BAD_FILES ? ERR_DENIED : rc, "%s", text);
}

int joincall_make(const struct join_call *c, struct joined *out, struct err *e)
{
    const char *path = joincall_after(c->url, JOINCALL_IPC);
    int rc = 0;
    if (path != NULL)
        rc = (out->fd = joincall_unix(path, e)) < 0 ? e->code : 0;
    else
        rc = joincall_tls(c, out, e);
    if (rc == 0)
        rc = joincall_ask(c, out, e);
    if (rc != 0 && out->fd >= 0) {
        (void)close(out->fd);
        out->fd = -1;
    }
    return rc == ERR_CLOSED && out->dials > 0 ? joincall_undialled(out, rc, e) : rc;
}

int joincall_end(struct joined *j)
{
    int status = 0;
    if (j->dials <= 0)
        return 0;
    (void)kill(j->dials, SIGTERM); /* it may wait for the other side */
    while (waitpid(j->dials, &status, 0) < 0 && errno == EINTR)
        ;
    (void)close(j->said);
    j->dials = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}
