/* Senders as numbers of 32 bits: a member of an actor, an outside client, or the supervisor. */
#ifndef MODEL_ORIGIN_H
#define MODEL_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#define ORIGIN_SYSTEM 0x7fffffffu
#define ORIGIN_MEMBERS 2048u /* 0: the actor is no pool; from 1: a member of one */

static inline uint32_t origin_member(uint32_t actor, uint32_t member)
{
    return actor * ORIGIN_MEMBERS + member;
}
static inline uint32_t origin_client(uint32_t number)
{
    return number | 0x80000000u;
}
static inline bool origin_is_client(uint32_t o)
{
    return (o & 0x80000000u) != 0;
}
static inline uint32_t origin_client_number(uint32_t o)
{
    return o & 0x7fffffffu;
}
static inline uint32_t origin_actor(uint32_t o)
{
    return o / ORIGIN_MEMBERS;
}
static inline uint32_t origin_index(uint32_t o)
{
    return o % ORIGIN_MEMBERS;
}

#endif
