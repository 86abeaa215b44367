/* What actorhost(1) provides where it runs an actor, and nobody elsewhere: it is told when the
 * actor waits, so that in a sequence another's turn comes, and to know in whose code a crash was.
 */
#ifndef ACTOR_HOSTED_H
#define ACTOR_HOSTED_H

void actor_host_rest(void)
    __attribute__((weak)); /* we are about to wait, and run no code of our own */
void actor_host_work(void) __attribute__((weak)); /* we have waited: returns when it is our turn */

#endif
