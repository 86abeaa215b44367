/* Whose a crash was, written where the supervisor reads it behind our end. */
#include "host/host.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HOST_STACK = 64 * 1024 };

static struct hosting_page *host_page;
static pid_t host_pid;

/* A child that an actor forked has the page too. */
static void host_blame(void)
{
    if (host_self != NULL && getpid() == host_pid)
        __atomic_store_n(&host_page->culprit, host_self->place + 1, __ATOMIC_SEQ_CST);
}

/* Not of this thread's doing when somebody else sent it. */
static void host_crash(int signo, siginfo_t *info, void *context)
{
    bool sent = info->si_code == SI_USER || info->si_code == SI_QUEUE ||
                (info->si_code == SI_TKILL && info->si_pid != getpid());

    (void)context;
    if (!sent)
        host_blame();
    if (info->si_code <= 0) /* a fault comes again by itself, and finds no handler */
        (void)raise(signo);
}

int host_crash_init(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER};
    void *at = mmap(NULL, sizeof(*host_page), PROT_READ | PROT_WRITE, MAP_SHARED, HOSTING_PAGE, 0);

    if (at == MAP_FAILED)
        return -1;
    (void)close(HOSTING_PAGE);
    host_page = at;
    host_pid = getpid();
    action.sa_sigaction = host_crash;
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        (void)sigaction(signals[i], &action, NULL);
    return atexit(host_blame);
}

/* A stack that has run over has no room for the handler. */
void host_crash_stack(struct guest *g)
{
    stack_t none = {.ss_flags = SS_DISABLE};

    if (g->stack == NULL && (g->stack = malloc(HOST_STACK)) != NULL) {
        (void)sigaltstack(&(stack_t){.ss_sp = g->stack, .ss_size = HOST_STACK}, NULL);
        return;
    }
    (void)sigaltstack(&none, NULL);
    free(g->stack);
    g->stack = NULL;
}

void host_runs(const struct guest *g, bool runs)
{
    __atomic_store_n(&host_page->runs[g->place], runs ? 1 : 0, __ATOMIC_SEQ_CST);
}
