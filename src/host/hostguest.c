/* An actor that is run in a thread of this process. */
#include "host/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

extern char **environ;

__thread struct guest *host_self;

static struct {
    pthread_mutex_t lock;
    unsigned n;
    void (*done)(void);
} guests = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void host_free(struct guest *g)
{
    free(g->words);
    (void)pthread_cond_destroy(&g->turn);
    free(g);
}

/* Its place is free once the supervisor knows; one record is written at a time. */
static void host_tell(struct guest *g)
{
    void (*done)(void);

    (void)pthread_mutex_lock(&guests.lock);
    (void)send(HOSTING_CONTROL, &g->end, sizeof(g->end), MSG_NOSIGNAL);
    guests.n--;
    done = guests.n == 0 ? guests.done : NULL;
    (void)pthread_mutex_unlock(&guests.lock);
    if (done != NULL)
        done();
}

void host_when_empty(void (*done)(void))
{
    (void)pthread_mutex_lock(&guests.lock);
    guests.done = done;
    bool empty = guests.n == 0;
    (void)pthread_mutex_unlock(&guests.lock);
    if (empty)
        done();
}

static void *host_thread(void *arg)
{
    struct guest *g = arg;

    host_self = g;
    host_crash_stack(g);
    host_work(g);
    host_entry *entry = host_load(g);
    if (entry != NULL)
        g->end.status = entry(g->n_words, g->words, g->env);
    else
        g->end.status = HOST_CANNOT, g->end.failed = 1;
    host_unload(g);
    (void)fflush(NULL);
    host_rest(g);
    host_crash_stack(g);
    host_self = NULL;
    host_tell(g);
    host_free(g);
    return NULL;
}

/* n texts from *at on, each with its NUL. NULL: there are not so many. */
static char *host_texts(char *at, const char *end, char **to, size_t n)
{
    for (size_t i = 0; i < n && at != NULL; i++) {
        char *nul = memchr(at, 0, (size_t)(end - at));
        to[i] = at;
        at = nul == NULL ? NULL : nul + 1;
    }
    return at;
}

static bool host_has(const char *entry)
{
    for (char **e = environ; e != NULL && *e != NULL; e++)
        if (strcmp(*e, entry) == 0)
            return true;
    return false;
}

/* Its lists of texts, and the texts behind them, in one piece of memory. */
static int host_unpack(struct guest *g, const struct hosting_start *head, const char *text)
{
    size_t n = (size_t)head->n_words + 2 * (size_t)head->n_env + 3, kept = 0;
    char **lists = calloc(1, n * sizeof(*lists) + head->size), *at;

    if (lists == NULL)
        return -1;
    at = memcpy(lists + n, text, head->size);
    g->words = lists;
    g->env = lists + head->n_words + 1;
    g->own = g->env + head->n_env + 1;
    g->n_words = (int)head->n_words;
    const char *end = at + head->size;
    if ((at = host_texts(at, end, &g->object, 1)) == NULL ||
        (at = host_texts(at, end, g->words, head->n_words)) == NULL ||
        host_texts(at, end, g->env, head->n_env) == NULL)
        return -1;
    for (size_t i = 0; i < head->n_env; i++)
        if (!host_has(g->env[i]))
            g->own[kept++] = g->env[i];
    return 0;
}

int host_begin(const struct hosting_start *head, const char *text)
{
    struct guest *g = calloc(1, sizeof(*g));
    pthread_attr_t attr;
    pthread_t thread;

    if (g == NULL)
        return -1;
    g->place = g->end.place = head->place;
    g->copy = -1;
    (void)pthread_cond_init(&g->turn, NULL);
    if (head->place >= HOSTING_GUESTS || host_unpack(g, head, text) != 0) {
        host_free(g);
        return -1;
    }
    (void)pthread_mutex_lock(&guests.lock);
    guests.n++;
    (void)pthread_mutex_unlock(&guests.lock);
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int rc = pthread_create(&thread, &attr, host_thread, g);
    (void)pthread_attr_destroy(&attr);
    if (rc != 0) {
        g->end.status = HOST_CANNOT;
        g->end.failed = 1;
        (void)snprintf(g->end.why, sizeof(g->end.why), "no thread for it: %s", strerror(rc));
        host_tell(g);
        host_free(g);
    }
    return 0;
}
